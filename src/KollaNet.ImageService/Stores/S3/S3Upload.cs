using Amazon.S3;
using Amazon.S3.Model;

namespace KollaNet.ImageService.Stores.S3;

/// <summary>Puts one image into a bucket: at once when it is small, else in parts, of which several are on their way at the same time. All or nothing.</summary>
internal sealed class S3Upload(AmazonS3Client client, S3StoreOptions options, PartBuffers buffers, string key)
{
    // Source: Amazon S3 user guide, multipart upload limits.
    private const int MostParts = 10_000;

    /// <returns>Bytes stored.</returns>
    public async Task<long> RunAsync(UploadBlocks source, long? sizeBytes, CancellationToken cancel)
    {
        if (sizeBytes is { } known && known <= options.PartBytes && known < options.LargeObjectBytes) await PutAsync(source, known, cancel);
        else await PutPartsAsync(source, sizeBytes, cancel);
        return source.CountBytes;
    }

    /// <summary>How long a part is: what the options say, or more when there would be too many. Of an image of unknown size they grow.</summary>
    internal static long LengthOf(int number, long partBytes, long? sizeBytes) =>
        sizeBytes is { } size ? Math.Max(partBytes, ((size - 1) / MostParts) + 1) : partBytes * (1 + (number / 500));

    private async Task PutAsync(UploadBlocks source, long sizeBytes, CancellationToken cancel)
    {
        byte[] buffer = buffers.Rent(Math.Max(sizeBytes, 1));
        try
        {
            int length = await FillAsync(source, buffer, sizeBytes, cancel);
            using var body = new MemoryStream(buffer, 0, length, writable: false);
            await client.PutObjectAsync(
                new PutObjectRequest { BucketName = options.Bucket, Key = key, InputStream = body, AutoCloseStream = false, UseChunkEncoding = false, ContentType = "application/octet-stream" }, cancel);
        }
        finally
        {
            buffers.Return(buffer);
        }
    }

    private async Task PutPartsAsync(UploadBlocks source, long? sizeBytes, CancellationToken cancel)
    {
        InitiateMultipartUploadResponse begun = await client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key, ContentType = "application/octet-stream" }, cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        List<Task<PartETag>> sending = [];
        try
        {
            for (int number = 1; number == 1 || source.HasMore; number++)
            {
                if (sending.Find(task => task.IsFaulted) is { } failed) await failed;
                await SendPartAsync(source, begun.UploadId, number, LengthOf(number, options.PartBytes, sizeBytes), sending, stop.Token);
            }

            PartETag[] parts = await Task.WhenAll(sending);
            await client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = begun.UploadId, PartETags = [.. parts] }, cancel);
        }
        catch
        {
            await stop.CancelAsync();
            await ((Task)Task.WhenAll(sending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await AbortAsync(begun.UploadId);
            throw;
        }
    }

    /// <summary>Reads a part, and has it on its way when this returns; or already there, when too many are.</summary>
    private async Task SendPartAsync(UploadBlocks source, string uploadId, int number, long mostBytes, List<Task<PartETag>> sending, CancellationToken cancel)
    {
        byte[] buffer = buffers.Rent(mostBytes);
        Task<PartETag> task;
        bool beside;
        try
        {
            int length = await FillAsync(source, buffer, mostBytes, cancel);
            beside = source.HasMore && buffers.TryTakeSlot();
            task = SendAsync(uploadId, number, buffer, length, beside, cancel);
        }
        catch
        {
            buffers.Return(buffer);
            throw;
        }

        sending.Add(task);
        if (!beside) await task;
    }

    private async Task<PartETag> SendAsync(string uploadId, int number, byte[] buffer, int length, bool hasSlot, CancellationToken cancel)
    {
        try
        {
            await Task.Yield();   // The caller goes on reading while this one hashes.
            using var body = new MemoryStream(buffer, 0, length, writable: false);
            UploadPartResponse stored = await client.UploadPartAsync(
                new UploadPartRequest { BucketName = options.Bucket, Key = key, UploadId = uploadId, PartNumber = number, PartSize = length, InputStream = body, UseChunkEncoding = false }, cancel);
            return new PartETag(number, stored.ETag);
        }
        finally
        {
            buffers.Return(buffer);
            if (hasSlot) buffers.ReturnSlot();
        }
    }

    private static async Task<int> FillAsync(UploadBlocks source, byte[] buffer, long mostBytes, CancellationToken cancel)
    {
        int length = 0;
        while (length < mostBytes && await source.TakeAsync(mostBytes - length, cancel) is { IsEmpty: false } block)
        {
            block.CopyTo(buffer.AsMemory(length));
            length += block.Length;
        }

        return length;
    }

    /// <summary>Must work although the upload was cancelled, and must neither hide what went wrong nor keep its client waiting for long:
    /// <see cref="StoreLeftovers"/> tells what was not removed now.</summary>
    private async Task AbortAsync(string uploadId)
    {
        using var limit = new CancellationTokenSource(options.Patience);
        try
        {
            await client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = uploadId }, limit.Token);
        }
        catch (Exception e) when (S3Failures.Explain(e, options.Endpoint, "abort", CancellationToken.None) is not null)
        {
            // The failure that brought us here is the one to tell.
        }
    }
}
