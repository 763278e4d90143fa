using System.Globalization;
using System.Net;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>Puts one image into a container: as one object, or in segments with an object that joins them. All or nothing. Source: image-api reference 8, swift.</summary>
internal sealed class SwiftUpload(SwiftClient client, SwiftStoreOptions options, string container, string id)
{
    private readonly string path = SwiftPath.Of(container, id), manifest = SwiftPath.Of(container, $"{id}-");

    /// <summary>The name under which segment number 1, 2, … is stored.</summary>
    public static string SegmentName(string id, int number) => string.Create(CultureInfo.InvariantCulture, $"{id}-{number:D5}");

    /// <returns>Bytes stored.</returns>
    public async Task<long> RunAsync(UploadBlocks source, long? sizeBytes, CancellationToken cancel)
    {
        try
        {
            if (sizeBytes is { } known && known < options.LargeObjectBytes) await PutAsync(path, new Segment(source, known, known, null, cancel), cancel);
            else await PutSegmentsAsync(source, sizeBytes, cancel);
            return source.CountBytes;
        }
        catch (Exception e) when (e is not ImageDataExistsException)
        {
            await UndoAsync();
            throw;
        }
    }

    private async Task PutSegmentsAsync(UploadBlocks source, long? sizeBytes, CancellationToken cancel)
    {
        // What an interrupted upload left would become part of this image: the join takes whatever has the prefix.
        await SwiftRemoval.DeleteSegmentsAsync(client, container, $"{id}-", cancel);
        await using FileStream? kept = OpenBuffer();
        long doneBytes = 0;
        for (int number = 1; source.HasMore; number++)
        {
            kept?.SetLength(0);
            long? length = sizeBytes is { } size ? Math.Min(options.SegmentBytes, size - doneBytes) : null;
            await PutAsync(SwiftPath.Of(container, SegmentName(id, number)), new Segment(source, options.SegmentBytes, length, kept, cancel), cancel);
            doneBytes += options.SegmentBytes;
        }

        using HttpResponseMessage joined = await client.SendAsync(
            new SwiftRequest(HttpMethod.Put, path) { Headers = [("X-Object-Manifest", manifest), ("If-None-Match", "*")] }, cancel);
        if (joined.StatusCode == HttpStatusCode.PreconditionFailed && !await IsOurJoinAsync(cancel)) throw new ImageDataExistsException(id);
        if (joined.StatusCode != HttpStatusCode.PreconditionFailed) SwiftFailures.ThrowUnlessSuccess(joined, $"store {path}");
    }

    private async Task PutAsync(string name, Segment segment, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await client.SendAsync(new SwiftRequest(HttpMethod.Put, name) { Body = segment }, cancel);
        SwiftFailures.ThrowUnlessSuccess(answer, $"store {name}");
        string? etag = answer.Headers.TryGetValues("ETag", out IEnumerable<string>? values) ? values.First().Trim('"') : null;
        if (segment.Checksum is { } sent && etag is not null && etag != sent) throw new StoreFailedException($"Swift stored {name} damaged: its checksum is {etag}, {sent} was sent.");
    }

    /// <summary>The answer to the first of two equal requests may have been lost.</summary>
    private async Task<bool> IsOurJoinAsync(CancellationToken cancel)
    {
        using HttpResponseMessage found = await client.SendAsync(new SwiftRequest(HttpMethod.Head, path), cancel);
        return found.StatusCode == HttpStatusCode.OK && SwiftRemoval.ManifestOf(found) == (container, $"{id}-");
    }

    /// <summary>Must not hide what went wrong, nor keep its client waiting for long: <see cref="StoreLeftovers"/> tells what was not removed now.</summary>
    private async Task UndoAsync()
    {
        using var limit = new CancellationTokenSource(options.Patience);
        try
        {
            await SwiftRemoval.DeleteAsync(client, container, id, limit.Token);
            if (options.IsMultiTenant) await SwiftRemoval.DeleteOwnContainerAsync(client, container, id, limit.Token);
            else await SwiftRemoval.DeleteSegmentsAsync(client, container, $"{id}-", limit.Token);
        }
        catch (Exception e) when (e is StoreUnreachableException or StoreFailedException or StoreForbidsWritingException or OperationCanceledException)
        {
            // Swift is away: the failure that brought us here says so.
        }
    }

    /// <summary>A file without a name, as far as others can see: gone with this process, however that ends.</summary>
    private FileStream? OpenBuffer() => options.BufferFolder is { } folder
        ? new FileStream(Path.Combine(folder, $".kollanet-{id}-{Path.GetRandomFileName()}.segment"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 0,
        })
        : null;
}
