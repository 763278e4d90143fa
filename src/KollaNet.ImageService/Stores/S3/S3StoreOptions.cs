namespace KollaNet.ImageService.Stores.S3;

/// <summary>The options of a store of type <c>s3</c>, by Glance's names. Source: glance_store, s3 driver.</summary>
public sealed record S3StoreOptions
{
    /// <summary><c>s3_store_host</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary><c>s3_store_region_name</c>.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary><c>s3_store_access_key</c>.</summary>
    public required string AccessKey { get; init; }

    /// <summary><c>s3_store_secret_key</c>.</summary>
    public required string SecretKey { get; init; }

    /// <summary><c>s3_store_bucket</c>.</summary>
    public required string Bucket { get; init; }

    /// <summary><c>s3_store_create_bucket_on_put</c>.</summary>
    public bool CreateBucketOnPut { get; init; }

    /// <summary><c>s3_store_bucket_url_format</c>.</summary>
    public S3Addressing Addressing { get; init; }

    /// <summary><c>s3_store_large_object_size</c>, in bytes.</summary>
    public long LargeObjectBytes { get; init; } = 100 << 20;

    /// <summary><c>s3_store_large_object_chunk_size</c>, in bytes. Parts wait in memory, so that they can be signed and sent again.</summary>
    public long PartBytes { get; init; } = 10 << 20;

    /// <summary><c>s3_store_thread_pools</c>.</summary>
    public int Threads { get; init; } = 10;

    /// <summary><c>s3_store_cacert</c>.</summary>
    public string? CaFile { get; init; }

    /// <summary>How long one call may take, and a download may make no progress.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Leaves the secret out, so that it can be logged.</summary>
    public override string ToString() => $"{Bucket} at {Endpoint}";
}

/// <summary>Where a bucket stands in urls.</summary>
public enum S3Addressing
{
    /// <summary>In the host's name at Amazon, in the path elsewhere.</summary>
    Auto,

    /// <summary>In the host's name.</summary>
    Virtual,

    /// <summary>In the path.</summary>
    Path,
}
