using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace KollaNet.ImageService.Stores.S3;

/// <summary>What the refusals of an S3 service mean to an image service.</summary>
internal static class S3Failures
{
    private static readonly string[] Missing = ["NoSuchKey", "NotFound", "NoSuchUpload", "NoSuchBucket"], Full = ["QuotaExceeded", "EntityTooLarge", "InsufficientCapacity", "TooManyBuckets"];

    /// <summary>Whether the object, or the upload, is not there. A missing bucket holds neither.</summary>
    public static bool IsMissing(AmazonS3Exception failure) => failure.StatusCode == HttpStatusCode.NotFound && (string.IsNullOrEmpty(failure.ErrorCode) || Missing.Contains(failure.ErrorCode));

    /// <summary>Null for what is no failure of the backend.</summary>
    /// <param name="where">The server.</param>
    /// <param name="what">What was tried: "store images/8a2…".</param>
    public static Exception? Explain(Exception failure, Uri where, string what, CancellationToken cancel) => failure switch
    {
        AmazonServiceException { InnerException: HttpRequestException or IOException } unreached => new StoreUnreachableException(where.Authority, unreached),
        AmazonS3Exception refused => Explain(refused, $"S3 at {where.Authority} does not {what}: it answered {(int)refused.StatusCode} {refused.ErrorCode}."),
        AmazonClientException or HttpRequestException or IOException or TimeoutException => new StoreUnreachableException(where.Authority, failure),
        OperationCanceledException when !cancel.IsCancellationRequested => new StoreUnreachableException(where.Authority, new TimeoutException("No answer in time.", failure)),
        _ => null,
    };

    private static Exception Explain(AmazonS3Exception failure, string cannot) => failure switch
    {
        { ErrorCode: "RequestTimeTooSkewed" } => new StoreForbidsWritingException($"{cannot} The clocks of this host and of the server differ too much: check the time service on both.", failure),
        { ErrorCode: "SignatureDoesNotMatch" } => new StoreForbidsWritingException($"{cannot} The secret is not that of the access key: check s3_store_secret_key.", failure),
        { ErrorCode: "InvalidAccessKeyId" } => new StoreForbidsWritingException($"{cannot} Nobody there has this access key: check s3_store_access_key.", failure),
        { ErrorCode: "NoSuchBucket" } => new StoreFailedException($"{cannot} The bucket does not exist: make it, or set s3_store_create_bucket_on_put.", failure),
        { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } => new StoreForbidsWritingException($"{cannot} Check access key, secret and the bucket's policy.", failure),
        { StatusCode: HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.InsufficientStorage } => new StoreFullException($"{cannot} A quota is used up.", failure),
        _ when Full.Contains(failure.ErrorCode) => new StoreFullException($"{cannot} A quota is used up.", failure),
        _ => new StoreFailedException(cannot, failure),
    };
}
