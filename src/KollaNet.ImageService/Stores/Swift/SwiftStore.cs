using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Stores.Http;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>Images as Swift objects, exactly where Glance's Swift store puts them. Source: glance_store, swift driver; image-api reference 7 and 8.</summary>
public sealed class SwiftStore : IImageStore
{
    private readonly SwiftStoreOptions options;
    private readonly SwiftAccounts accounts;
    private readonly Caller? caller;
    private readonly ConcurrentDictionary<string, bool> writing;

    /// <summary>Opens no connection yet.</summary>
    /// <exception cref="ConfigurationInvalidException">The folder for segments cannot be made.</exception>
    public SwiftStore(SwiftStoreOptions options, TimeProvider time)
        : this(options, new SwiftAccounts(options, time), null, [])
    {
        try
        {
            if (options.BufferFolder is { } folder) Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationInvalidException([$"swift_upload_buffer_dir: {options.BufferFolder} cannot be used: {e.Message}"]);
        }
    }

    private SwiftStore(SwiftStoreOptions options, SwiftAccounts accounts, Caller? caller, ConcurrentDictionary<string, bool> writing) =>
        (this.options, this.accounts, this.caller, this.writing) = (options, accounts, caller, writing);

    /// <inheritdoc/>
    public StoreAbilities Abilities => new(CanWrite: true, KnowsReaders: options.IsMultiTenant);

    /// <inheritdoc/>
    public IImageStore For(Caller caller) => options.IsMultiTenant ? new SwiftStore(options, accounts, caller, writing) : this;

    /// <inheritdoc/>
    public async Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel)
    {
        SwiftClient client = accounts.ForUpload(caller);
        string container = ContainerOf(imageId);
        await RequireFreeAsync(client, container, imageId, cancel);
        using var blocks = new UploadBlocks(content, sizeBytes);
        await blocks.BeginAsync(cancel);

        // Swift lets the last of two writers win: within this service the first does. Between services the image's status keeps them apart.
        if (!writing.TryAdd(imageId, true)) throw new ImageDataExistsException(imageId);
        try
        {
            await RequireFreeAsync(client, container, imageId, cancel);
            if (options.CreateContainerOnPut) await EnsureContainerAsync(client, container, cancel);
            long storedBytes = await new SwiftUpload(client, options, container, imageId).RunAsync(blocks, sizeBytes, cancel);
            return new StoredImage(await UrlOfAsync(client, container, imageId, cancel), storedBytes);
        }
        finally
        {
            writing.TryRemove(imageId, out _);
        }
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        (SwiftClient client, SwiftLocation location) = Find(url);
        if (lengthBytes == 0) return Stream.Null;
        long? last = offsetBytes + lengthBytes - 1;
        Task<(Stream, long?)> Open(long from, CancellationToken stop) => OpenOnceAsync(client, location, url, from, last, stop);
        (Stream first, long? end) = await Open(offsetBytes, cancel);
        return new ResumingStream(async (from, stop) => (await Open(from, stop)).Item1, first, offsetBytes, end, options.ReadRetries, options.Patience, SwiftLocation.Redact(url));
    }

    /// <inheritdoc/>
    public async Task<long> SizeAsync(string url, CancellationToken cancel)
    {
        (SwiftClient client, SwiftLocation location) = Find(url);
        using HttpResponseMessage answer = await client.SendAsync(new SwiftRequest(HttpMethod.Head, PathOf(location)), cancel);
        if (answer.StatusCode == HttpStatusCode.NotFound) throw Missing(url);
        SwiftFailures.ThrowUnlessSuccess(answer, $"show {PathOf(location)}");
        return answer.Content.Headers.ContentLength ?? throw new StoreFailedException($"Swift does not say how large {PathOf(location)} is.");
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string url, CancellationToken cancel)
    {
        (SwiftClient client, SwiftLocation location) = Find(url);
        bool deleted = await SwiftRemoval.DeleteAsync(client, location.Container, location.Object, cancel);
        if (options.IsMultiTenant && Guid.TryParseExact(location.Object, "D", out _) && location.Container == ContainerOf(location.Object))
            await SwiftRemoval.DeleteOwnContainerAsync(client, location.Container, location.Object, cancel);
        return deleted;
    }

    /// <inheritdoc/>
    public async Task DiscardPartialAsync(string imageId, CancellationToken cancel)
    {
        // Without a caller nobody knows whose account it is.
        if (writing.ContainsKey(imageId) || (options.IsMultiTenant && caller is null)) return;
        SwiftClient client = accounts.ForUpload(caller);
        string container = ContainerOf(imageId);
        using HttpResponseMessage whole = await client.SendAsync(new SwiftRequest(HttpMethod.Head, SwiftPath.Of(container, imageId)), cancel);
        if (whole.StatusCode != HttpStatusCode.NotFound) return;
        if (options.IsMultiTenant) await SwiftRemoval.DeleteOwnContainerAsync(client, container, imageId, cancel);
        else await SwiftRemoval.DeleteSegmentsAsync(client, container, $"{imageId}-", cancel);
    }

    /// <inheritdoc/>
    public async Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel)
    {
        if (options.IsMultiTenant && caller is null) return false;
        return await SwiftRemoval.DeleteAsync(accounts.ForUpload(caller), ContainerOf(imageId), imageId, cancel);
    }

    /// <summary>Nothing in multi-tenant mode: nobody knows all accounts.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (options.IsMultiTenant) yield break;
        SwiftClient client = accounts.ForUpload(caller: null);
        await foreach (string container in ContainersAsync(client, cancel))
            await foreach (StoredObject found in new SwiftListing(client, container, id => SingleUrlOf(container, id)).ReadAsync(cancel)) yield return found;
    }

    /// <inheritdoc/>
    public async Task ShareAsync(string url, ImageAudience audience, CancellationToken cancel)
    {
        if (!options.IsMultiTenant) return;
        (SwiftClient client, SwiftLocation location) = Find(url);
        string readers = audience.IsEverybody ? "*:*" : string.Join(',', audience.Projects.Select(project => $"{project}:*"));
        string writers = string.Join(',', options.AdminTenants.Select(project => $"{project}:*"));
        using HttpResponseMessage answer = await client.SendAsync(
            new SwiftRequest(HttpMethod.Post, SwiftPath.Of(location.Container)) { Headers = [("X-Container-Read", readers), ("X-Container-Write", writers)] }, cancel);
        SwiftFailures.ThrowUnlessSuccess(answer, $"say who may read {location.Container}");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoreProperty>> DescribeAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<StoreProperty>>(
        [new("container", options.Container), new("large_object_size", options.LargeObjectBytes), new("large_object_chunk_size", options.SegmentBytes)]);

    /// <inheritdoc/>
    public bool Owns(string url) => FindLocation(url) is { } location && (location.Reference is null || options.References.ContainsKey(location.Reference));

    /// <inheritdoc/>
    public void Dispose() => accounts.Dispose();

    private static string PathOf(SwiftLocation location) => SwiftPath.Of(location.Container, location.Object);

    private static ImageDataMissingException Missing(string url) => new(SwiftLocation.Redact(url));

    private static async Task<(Stream Bytes, long? EndBytes)> OpenOnceAsync(SwiftClient client, SwiftLocation location, string url, long from, long? last, CancellationToken cancel)
    {
        RangeHeaderValue? range = from == 0 && last is null ? null : new RangeHeaderValue(from, last);
        HttpResponseMessage answer = await client.SendAsync(new SwiftRequest(HttpMethod.Get, PathOf(location)) { Range = range }, cancel);
        try
        {
            if (answer.StatusCode == HttpStatusCode.NotFound) throw Missing(url);
            if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                answer.Dispose();
                return (Stream.Null, null);
            }

            SwiftFailures.ThrowUnlessSuccess(answer, $"send {PathOf(location)}");
            long? end = answer.StatusCode == HttpStatusCode.PartialContent ? from + answer.Content.Headers.ContentLength : answer.Content.Headers.ContentLength;
            return (await HttpRangeStream.OpenAsync(answer, from, last - from + 1, cancel), last < end ? last + 1 : end);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static async Task RequireFreeAsync(SwiftClient client, string container, string imageId, CancellationToken cancel)
    {
        using HttpResponseMessage found = await client.SendAsync(new SwiftRequest(HttpMethod.Head, SwiftPath.Of(container, imageId)), cancel);
        if (found.IsSuccessStatusCode) throw new ImageDataExistsException(imageId);
        if (found.StatusCode != HttpStatusCode.NotFound) SwiftFailures.ThrowUnlessSuccess(found, $"show {container}/{imageId}");
    }

    private static async Task EnsureContainerAsync(SwiftClient client, string container, CancellationToken cancel)
    {
        using HttpResponseMessage found = await client.SendAsync(new SwiftRequest(HttpMethod.Head, SwiftPath.Of(container)), cancel);
        if (found.StatusCode != HttpStatusCode.NotFound) return;
        using HttpResponseMessage made = await client.SendAsync(new SwiftRequest(HttpMethod.Put, SwiftPath.Of(container)), cancel);
        SwiftFailures.ThrowUnlessSuccess(made, $"make container {container}");
    }

    private async Task<string> UrlOfAsync(SwiftClient client, string container, string imageId, CancellationToken cancel)
    {
        return options.IsMultiTenant ? SwiftLocation.UrlOfAccount(await client.StorageUrlAsync(cancel), container, imageId) : SingleUrlOf(container, imageId);
    }

    private string SingleUrlOf(string container, string imageId) => options.HasReferenceFile
        ? SwiftLocation.UrlOf(options.DefaultReference, container, imageId)
        : SwiftLocation.UrlOf(options.References[options.DefaultReference], container, imageId);

    private async IAsyncEnumerable<string> ContainersAsync(SwiftClient client, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (options.ContainerSeed == 0) yield return options.Container;
        else await foreach (string container in client.ListContainersAsync($"{options.Container}_", cancel)) yield return container;
    }

    /// <summary>Only ids become names: the container's, too.</summary>
    private string ContainerOf(string imageId)
    {
        if (!Guid.TryParseExact(imageId, "D", out _)) throw new ArgumentException("Not an image id.", nameof(imageId));
        if (options.IsMultiTenant) return $"{options.Container}_{imageId}";
        return options.ContainerSeed == 0 ? options.Container : $"{options.Container}_{imageId[..options.ContainerSeed]}";
    }

    private SwiftLocation? FindLocation(string url) => SwiftLocation.Find(url, options.References[options.DefaultReference].AuthVersion);

    private (SwiftClient Client, SwiftLocation Location) Find(string url) =>
        FindLocation(url) is { } location && accounts.FindFor(location, caller) is { } client ? (client, location) : throw Missing(url);
}
