using System.Collections.Immutable;
using static KollaNet.ImageService.Configuration.OptionTypes;

namespace KollaNet.ImageService.Configuration;

/// <summary>The options of an S3 store's section. Source: glance_store, s3 driver.</summary>
internal static class S3OptionCatalog
{
    private const string Store = OptionDefinition.StoreSection;

    public static readonly Option<string?> Host = OptionalText(Store, "s3_store_host", "Server, as http://host:port or https://host:port; http when it does not say.");
    public static readonly Option<string?> RegionName = OptionalText(Store, "s3_store_region_name", "Region that requests are signed for; us-east-1 when not set.");
    public static readonly Option<string?> AccessKey = OptionalText(Store, "s3_store_access_key", "Access key.");
    public static readonly Option<string?> SecretKey = OptionalText(Store, "s3_store_secret_key", "Its secret.");
    public static readonly Option<string?> Bucket = OptionalText(Store, "s3_store_bucket", "Bucket of the images.");
    public static readonly Option<bool> CreateBucketOnPut = Flag(Store, "s3_store_create_bucket_on_put", false, "Make a missing bucket.");
    public static readonly Option<string> BucketUrlFormat = OneOf(Store, "s3_store_bucket_url_format", "auto", ["auto", "virtual", "path"], "Where the bucket stands in urls: in the host's name, in the path, or the former for Amazon only.");
    public static readonly Option<int> LargeObjectSize = Whole(Store, "s3_store_large_object_size", 100, "From how many MiB on an image is sent in parts; one larger than a part always is.", 0, 5 * 1024);
    public static readonly Option<int> LargeObjectChunkSize = Whole(Store, "s3_store_large_object_chunk_size", 10, "MiB in a part, which waits in memory until the server has it.", 5, 1024);
    public static readonly Option<int> ThreadPools = Whole(Store, "s3_store_thread_pools", 10, "Parts on their way at the same time, of all uploads.", 1, 1024);
    public static readonly Option<string?> Cacert = OptionalText(Store, "s3_store_cacert", "Certificates to trust.");

    public static readonly ImmutableArray<OptionDefinition> All =
        [Host, RegionName, AccessKey, SecretKey, Bucket, CreateBucketOnPut, BucketUrlFormat, LargeObjectSize, LargeObjectChunkSize, ThreadPools, Cacert];
}
