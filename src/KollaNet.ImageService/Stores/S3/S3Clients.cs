using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.S3;

namespace KollaNet.ImageService.Stores.S3;

/// <summary>Clients by server and access key: the store's own, and those of older urls.</summary>
internal sealed class S3Clients(S3StoreOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<(Uri Endpoint, string AccessKey, string SecretKey), AmazonS3Client> clients = [];

    /// <summary>The client of the store's own options.</summary>
    public AmazonS3Client Own => Get(options.Endpoint, options.AccessKey, options.SecretKey);

    /// <summary>The client that reaches a location; null when there are no credentials for its server.</summary>
    public AmazonS3Client? FindFor(S3Location location)
    {
        if (location.Endpoint == options.Endpoint) return Own;   // Secrets change; urls in the database do not.
        return location is { AccessKey: { } access, SecretKey: { } secret } ? Get(location.Endpoint, access, secret) : null;
    }

    public void Dispose()
    {
        foreach (AmazonS3Client client in clients.Values) client.Dispose();
    }

    private AmazonS3Client Get(Uri endpoint, string accessKey, string secretKey) => clients.GetOrAdd((endpoint, accessKey, secretKey), key => Make(key.Endpoint, key.AccessKey, key.SecretKey));

    private AmazonS3Client Make(Uri endpoint, string accessKey, string secretKey) => new(new BasicAWSCredentials(accessKey, secretKey), new AmazonS3Config
    {
        ServiceURL = endpoint.AbsoluteUri,
        AuthenticationRegion = options.Region,
        ForcePathStyle = options.Addressing switch
        {
            S3Addressing.Path => true,
            S3Addressing.Virtual => false,
            _ => !endpoint.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase),
        },
        // Newer ways of sending checksums are unknown to Swift and to older Ceph.
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        RetryMode = RequestRetryMode.Standard,
        MaxErrorRetry = 4,
        Timeout = Timeout.InfiniteTimeSpan,
        HttpClientFactory = new Connections(options),
    });

    /// <summary>The SDK's way of being given connections. Its limit, and that of <see cref="HttpClient"/>, is for a whole request, which a slow service and a long part can exceed.</summary>
    private sealed class Connections(S3StoreOptions options) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(new PatientHandler(options.Patience, BackendHttp.Handler(insecure: false, options.CaFile))) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
