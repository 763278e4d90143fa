using System.Collections.Immutable;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Imports;

/// <summary>Fetches images from another region's image service, in the caller's name. Source: image-api reference 2.11, glance-download.</summary>
/// <param name="prefixes">Option <c>[glance_download_properties] extra_properties</c>: beginnings of the properties that come along.</param>
public sealed class RemoteGlance(WebDownload web, UriFilter filter, ImmutableArray<string> prefixes, PropertyProtections protections)
{
    private const int LargestDocument = 1 << 20;

    /// <summary>What the other region says about the image.</summary>
    /// <exception cref="ImportFailedException">It cannot be reached or may not be, does not show the image, the image is not active, or has a property that the caller may not set here.</exception>
    public async Task<RemoteImageDocument> DescribeAsync(RemoteImage remote, Caller caller, CancellationToken cancel)
    {
        byte[] text = [];
        await web.FetchAsync(await AddressAsync(remote, caller, "", cancel), async (body, _) => text = await ReadAsync(body, cancel), cancel, caller.Token);
        RemoteImageDocument found = RemoteImageDocument.Parse(text, prefixes);
        if (found.Status != "active") throw new ImportFailedException($"the image of region {remote.Region} is not active but {found.Status}");
        string? refused = found.Properties.Select(property => property.Key).FirstOrDefault(name => !MaySet(name, caller));
        return refused is null ? found : throw new ImportFailedException($"property '{refused}' of the image of region {remote.Region} is protected here");
    }

    /// <summary>Hands over the image's bytes.</summary>
    /// <param name="take">Gets the bytes and how many there must be.</param>
    /// <exception cref="ImportFailedException">The download fails, or as many bytes as promised do not come.</exception>
    public async Task FetchAsync(RemoteImage remote, RemoteImageDocument promised, Caller caller, Func<Stream, long?, Task> take, CancellationToken cancel)
    {
        Uri address = await AddressAsync(remote, caller, "/file", cancel);
        await web.FetchAsync(address, async (body, size) =>
        {
            if (size is { } coming && coming != promised.SizeBytes) throw new ImportFailedException($"{promised.SizeBytes} bytes were promised, {coming} come");
            await take(body, promised.SizeBytes);
        }, cancel, caller.Token);
    }

    /// <summary>An image from elsewhere must not be a way around the protections.</summary>
    private bool MaySet(string name, Caller caller) => protections.Allows(PropertyOperation.Create, name, caller) && protections.Allows(PropertyOperation.Update, name, caller);

    private async Task<Uri> AddressAsync(RemoteImage remote, Caller caller, string suffix, CancellationToken cancel)
    {
        ImageEndpoint endpoint = caller.ImageEndpoints.FirstOrDefault(candidate => candidate.Region == remote.Region && candidate.Interface == remote.Interface)
            ?? throw new ImportFailedException($"the token's catalog has no {remote.Interface} endpoint of an image service in region {remote.Region}");
        string root = endpoint.Url.TrimEnd('/');
        if (root.EndsWith("/v2", StringComparison.Ordinal)) root = root[..^3];
        try
        {
            return await filter.CheckAsync($"{root}/v2/images/{remote.ImageId}{suffix}", cancel);
        }
        catch (ImportUriRefusedException e)
        {
            throw new ImportFailedException($"the image service of region {remote.Region} may not be fetched from: {e.Message}", e);
        }
    }

    private static async Task<byte[]> ReadAsync(Stream body, CancellationToken cancel)
    {
        using var text = new MemoryStream();
        byte[] block = new byte[8192];
        while (await body.ReadAsync(block, cancel) is > 0 and int read)
        {
            if (text.Length + read > LargestDocument) throw new ImportFailedException("what the image service says about the image is too long");
            text.Write(block, 0, read);
        }

        return text.ToArray();
    }
}
