using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.S3;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.S3;

/// <summary>On whatever speaks S3. A service is finished when a class deriving from this says where it is.</summary>
public abstract class S3StoreMeetsTheContract : ImageStoreContract
{
    private readonly string bucket = $"images-{Guid.NewGuid():N}";

    /// <summary>Where the service is and what lets us in; bucket and sizes are chosen here.</summary>
    protected abstract Task<S3StoreOptions> ServiceAsync();

    protected override async Task<IImageStore> OpenStoreAsync() => new S3Store(await OptionsAsync());

    /// <summary>Objects, and uploads that have not ended.</summary>
    protected override async Task<IReadOnlyList<string>> ListBackendAsync()
    {
        S3StoreOptions options = await OptionsAsync();
        using var client = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), new AmazonS3Config { ServiceURL = options.Endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        try
        {
            ListObjectsV2Response objects = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }, Cancel);
            ListMultipartUploadsResponse uploads = await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket }, Cancel);
            return [.. (objects.S3Objects ?? []).Select(found => found.Key), .. (uploads.MultipartUploads ?? []).Select(found => found.Key)];
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucket")
        {
            return [];
        }
    }

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;   // What is in the bucket goes with the server.
    }

    private async Task<S3StoreOptions> OptionsAsync() => (await ServiceAsync()) with { Bucket = bucket, CreateBucketOnPut = true, PartBytes = 5 << 20 };
}

/// <summary>Swift's S3 API.</summary>
public sealed class SwiftS3MeetsTheContract : S3StoreMeetsTheContract
{
    protected override async Task<S3StoreOptions> ServiceAsync()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        return new S3StoreOptions { Endpoint = new Uri(server.Url), AccessKey = server.User, SecretKey = server.Key, Bucket = "" };
    }
}

/// <summary>Ceph's radosgw.</summary>
public sealed class RadosGatewayMeetsTheContract : S3StoreMeetsTheContract
{
    protected override async Task<S3StoreOptions> ServiceAsync()
    {
        CephGateway gateway = await (await CephServer.StartedAsync(Cancel)).GatewayAsync(Cancel);
        return new S3StoreOptions { Endpoint = gateway.Address, AccessKey = gateway.AccessKey, SecretKey = gateway.SecretKey, Bucket = "" };
    }
}
