using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>Reads the images out of a container's list, in which an image's segments follow what joins them.</summary>
internal sealed class SwiftListing(SwiftClient client, string container, Func<string, string> urlOf)
{
    private const int IdLength = 36;

    /// <summary>Every image in the container.</summary>
    public async IAsyncEnumerable<StoredObject> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        Found? last = null;
        await foreach (SwiftObject entry in client.ListAsync(container, "", cancel))
        {
            if (entry.Name.Length < IdLength || !Guid.TryParseExact(entry.Name[..IdLength], "D", out _) || !IsOurs(entry.Name.AsSpan(IdLength))) continue;
            string id = entry.Name[..IdLength];
            if (last is not null && last.Id != id) yield return await FinishAsync(last, cancel);
            if (last?.Id != id) last = new Found(id, null, 0, 0);
            last = entry.Name.Length == IdLength ? last with { WholeBytes = entry.SizeBytes } : last with { Segments = last.Segments + 1, SegmentBytes = last.SegmentBytes + entry.SizeBytes };
        }

        if (last is not null) yield return await FinishAsync(last, cancel);
    }

    private static bool IsOurs(ReadOnlySpan<char> rest) => rest.IsEmpty || (rest[0] == '-' && int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private async Task<StoredObject> FinishAsync(Found found, CancellationToken cancel) => found switch
    {
        { WholeBytes: null } => new StoredObject(found.Id, urlOf(found.Id), found.SegmentBytes, IsComplete: false),
        { WholeBytes: 0, Segments: > 0 } => new StoredObject(found.Id, urlOf(found.Id), await SizeOfAsync(found.Id, cancel), IsComplete: true),
        _ => new StoredObject(found.Id, urlOf(found.Id), found.WholeBytes.Value, IsComplete: true),
    };

    /// <summary>Asked for: an empty image beside segments of an interrupted upload looks the same in the list as one that joins them.</summary>
    private async Task<long> SizeOfAsync(string id, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await client.SendAsync(new SwiftRequest(HttpMethod.Head, SwiftPath.Of(container, id)), cancel);
        return answer.StatusCode == HttpStatusCode.OK ? answer.Content.Headers.ContentLength ?? 0 : 0;
    }

    /// <param name="WholeBytes">Size of the object with the image's name, as the list has it; null without one.</param>
    private sealed record Found(string Id, long? WholeBytes, int Segments, long SegmentBytes);
}
