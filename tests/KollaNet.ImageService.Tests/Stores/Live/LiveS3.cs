using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>A bucket on whatever speaks S3; parts of 5 MiB.</summary>
internal sealed class LiveS3(Uri endpoint, string accessKey, string secretKey) : LiveStore
{
    /// <summary>Its name; it is not made yet.</summary>
    public string Bucket { get; } = $"images-{Guid.NewGuid():N}";

    public override string Type => "s3";

    public override string Options => $"""
        s3_store_host = {endpoint.AbsoluteUri.TrimEnd('/')}
        s3_store_access_key = {accessKey}
        s3_store_secret_key = {secretKey}
        s3_store_bucket = {Bucket}
        s3_store_create_bucket_on_put = true
        s3_store_bucket_url_format = path
        s3_store_large_object_size = 5
        s3_store_large_object_chunk_size = 5
        """;

    public override string Folder => Path.GetTempPath();

    /// <summary>Objects, and uploads that have not ended.</summary>
    public override async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancel)
    {
        using AmazonS3Client client = Client();
        try
        {
            ListObjectsV2Response objects = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket }, cancel);
            ListMultipartUploadsResponse uploads = await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Bucket }, cancel);
            return [.. (objects.S3Objects ?? []).Select(found => found.Key), .. (uploads.MultipartUploads ?? []).Select(found => found.Key)];
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucket")
        {
            return [];
        }
    }

    public override async Task<string> DescribeAsync(string id, CancellationToken cancel)
    {
        using AmazonS3Client client = Client();
        GetObjectMetadataResponse found = await client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = Bucket, Key = id }, cancel);
        return $"ID {found.ContentLength}\n";
    }

    public override StoreOptions Hasten(StoreOptions options) => options with { S3 = options.S3! with { Patience = TimeSpan.FromSeconds(5) } };

    private AmazonS3Client Client() =>
        new(new BasicAWSCredentials(accessKey, secretKey), new AmazonS3Config { ServiceURL = endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
}
