using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace KollaNet.ImageService.Stores.S3;

/// <summary>Images as objects of one bucket, exactly where Glance's S3 store puts them. Source: glance_store, s3 driver; image-api reference 7 and 8.</summary>
public sealed class S3Store(S3StoreOptions options) : IImageStore
{
    private const int ReadRetries = 3;

    private readonly S3Clients clients = new(options);
    private readonly PartBuffers buffers = new(options.PartBytes, options.Threads);
    private readonly ConcurrentDictionary<string, bool> writing = [];
    private volatile bool bucketIsThere;

    /// <inheritdoc/>
    public StoreAbilities Abilities { get; } = new(CanWrite: true);

    /// <inheritdoc/>
    public async Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel)
    {
        CheckId(imageId);
        await RequireFreeAsync(imageId, cancel);
        using var blocks = new UploadBlocks(content, sizeBytes);
        await blocks.BeginAsync(cancel);

        // S3 lets the last of two writers win: within this service the first does. Between services the image's status keeps them apart.
        if (!writing.TryAdd(imageId, true)) throw new ImageDataExistsException(imageId);
        try
        {
            await RequireFreeAsync(imageId, cancel);
            if (options.CreateBucketOnPut) await EnsureBucketAsync(cancel);
            long storedBytes = await UploadAsync(imageId, blocks, sizeBytes, cancel);
            return new StoredImage(UrlOf(imageId), storedBytes);
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
        (AmazonS3Client client, S3Location location) = Find(url);
        if (lengthBytes == 0) return Stream.Null;
        long? last = offsetBytes + lengthBytes - 1;
        Task<(Stream, long?)> Open(long from, CancellationToken stop) => OpenOnceAsync(client, location, url, from, last, stop);
        (Stream first, long? end) = await Open(offsetBytes, cancel);
        return new ResumingStream(async (from, stop) => (await Open(from, stop)).Item1, first, offsetBytes, end, ReadRetries, options.Patience, S3Location.Redact(url));
    }

    /// <inheritdoc/>
    public async Task<long> SizeAsync(string url, CancellationToken cancel)
    {
        (AmazonS3Client client, S3Location location) = Find(url);
        return await FindSizeAsync(client, location.Bucket, location.Key, cancel) ?? throw new ImageDataMissingException(S3Location.Redact(url));
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string url, CancellationToken cancel)
    {
        (AmazonS3Client client, S3Location location) = Find(url);
        return await DeleteAsync(client, location.Bucket, location.Key, cancel);
    }

    /// <inheritdoc/>
    public async Task DiscardPartialAsync(string imageId, CancellationToken cancel)
    {
        CheckId(imageId);
        if (writing.ContainsKey(imageId)) return;
        await foreach (MultipartUpload left in ListUploadsAsync(imageId, cancel))
        {
            await FindAsync(
                () => clients.Own.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = options.Bucket, Key = left.Key, UploadId = left.UploadId }, cancel),
                $"abort the upload of {left.Key}", cancel);
        }
    }

    /// <inheritdoc/>
    public Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel)
    {
        CheckId(imageId);
        return DeleteAsync(clients.Own, options.Bucket, imageId, cancel);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var request = new ListObjectsV2Request { BucketName = options.Bucket };
        do
        {
            ListObjectsV2Response? page = await FindAsync(() => clients.Own.ListObjectsV2Async(request, cancel), $"list {options.Bucket}", cancel);
            foreach (S3Object found in page?.S3Objects ?? [])
                if (IsId(found.Key)) yield return new StoredObject(found.Key, UrlOf(found.Key), found.Size ?? 0, IsComplete: true);
            request.ContinuationToken = page?.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);

        await foreach (MultipartUpload left in ListUploadsAsync("", cancel))
            if (IsId(left.Key)) yield return new StoredObject(left.Key, UrlOf(left.Key), 0, IsComplete: false);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoreProperty>> DescribeAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<StoreProperty>>(
        [new("s3_store_large_object_size", options.LargeObjectBytes), new("s3_store_large_object_chunk_size", options.PartBytes), new("s3_store_thread_pools", (long)options.Threads)]);

    /// <inheritdoc/>
    public bool Owns(string url) => S3Location.Find(url) is { } location && clients.FindFor(location) is not null;

    /// <inheritdoc/>
    public void Dispose()
    {
        clients.Dispose();
        buffers.Dispose();
    }

    private static bool IsId(string key) => Guid.TryParseExact(key, "D", out _);

    private static void CheckId(string imageId)
    {
        if (!IsId(imageId)) throw new ArgumentException("Not an image id.", nameof(imageId));
    }

    private string UrlOf(string imageId) => S3Location.UrlOf(options.Endpoint, options.Bucket, imageId);

    private async IAsyncEnumerable<MultipartUpload> ListUploadsAsync(string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        var request = new ListMultipartUploadsRequest { BucketName = options.Bucket, Prefix = prefix };
        ListMultipartUploadsResponse? page;
        do
        {
            page = await FindAsync(() => clients.Own.ListMultipartUploadsAsync(request, cancel), $"list uploads to {options.Bucket}", cancel);
            foreach (MultipartUpload upload in page?.MultipartUploads ?? []) yield return upload;
            (request.KeyMarker, request.UploadIdMarker) = (page?.NextKeyMarker, page?.NextUploadIdMarker);
        }
        while (page?.IsTruncated == true);
    }

    private (AmazonS3Client Client, S3Location Location) Find(string url) =>
        S3Location.Find(url) is { } location && clients.FindFor(location) is { } client ? (client, location) : throw new ImageDataMissingException(S3Location.Redact(url));

    private async Task<long> UploadAsync(string imageId, UploadBlocks blocks, long? sizeBytes, CancellationToken cancel)
    {
        try
        {
            return await new S3Upload(clients.Own, options, buffers, imageId).RunAsync(blocks, sizeBytes, cancel);
        }
        catch (Exception e) when (!blocks.HasFailed && S3Failures.Explain(e, options.Endpoint, $"store {options.Bucket}/{imageId}", cancel) is { } failure)
        {
            throw failure;
        }
    }

    private async Task RequireFreeAsync(string imageId, CancellationToken cancel)
    {
        if (await FindSizeAsync(clients.Own, options.Bucket, imageId, cancel) is not null) throw new ImageDataExistsException(imageId);
    }

    private async Task EnsureBucketAsync(CancellationToken cancel)
    {
        if (bucketIsThere) return;
        ListObjectsV2Response? found = await FindAsync(() => clients.Own.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, MaxKeys = 1 }, cancel), $"list {options.Bucket}", cancel);
        if (found is null) await AskAsync(() => clients.Own.PutBucketAsync(NewBucket(), cancel), $"make bucket {options.Bucket}", cancel);
        bucketIsThere = true;
    }

    private PutBucketRequest NewBucket() =>
        new() { BucketName = options.Bucket, UseClientRegion = false, BucketRegionName = options.Region == "us-east-1" ? null : options.Region };

    private async Task<long?> FindSizeAsync(AmazonS3Client client, string bucket, string key, CancellationToken cancel)
    {
        try
        {
            GetObjectMetadataResponse? found = await FindAsync(() => client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = key }, cancel), $"show {bucket}/{key}", cancel);
            return found?.ContentLength;
        }
        catch (StoreForbidsWritingException)
        {
            // The answer to HEAD has no body to say why: the secret, the clocks, the policy. Another question, refused for the same reason, does.
            await FindAsync(() => client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, MaxKeys = 1 }, cancel), $"list {bucket}", cancel);
            throw;
        }
    }

    private async Task<bool> DeleteAsync(AmazonS3Client client, string bucket, string key, CancellationToken cancel)
    {
        if (await FindSizeAsync(client, bucket, key, cancel) is null) return false;   // S3 deletes what is not there without a word.
        await AskAsync(() => client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket, Key = key }, cancel), $"delete {bucket}/{key}", cancel);
        return true;
    }

    private async Task<(Stream Bytes, long? EndBytes)> OpenOnceAsync(AmazonS3Client client, S3Location location, string url, long from, long? last, CancellationToken cancel)
    {
        var request = new GetObjectRequest { BucketName = location.Bucket, Key = location.Key };
        if (from > 0 || last is not null) request.ByteRange = new ByteRange(string.Create(CultureInfo.InvariantCulture, $"bytes={from}-{last}"));
        try
        {
            GetObjectResponse? found = await FindAsync(() => client.GetObjectAsync(request, cancel), $"send {location.Bucket}/{location.Key}", cancel);
            return found is null ? throw new ImageDataMissingException(S3Location.Redact(url)) : (found.ResponseStream, from + found.ContentLength);
        }
        catch (StoreFailedException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable })
        {
            return (Stream.Null, null);
        }
    }

    /// <summary>Null for what is not there.</summary>
    private async Task<T?> FindAsync<T>(Func<Task<T>> ask, string what, CancellationToken cancel)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (AmazonS3Exception e) when (S3Failures.IsMissing(e))
        {
            return null;
        }
        catch (Exception e) when (S3Failures.Explain(e, options.Endpoint, what, cancel) is { } failure)
        {
            throw failure;
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask, string what, CancellationToken cancel)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (S3Failures.Explain(e, options.Endpoint, what, cancel) is { } failure)
        {
            throw failure;
        }
    }
}
