using System.Collections.Immutable;
using static KollaNet.ImageService.Configuration.OptionTypes;

namespace KollaNet.ImageService.Configuration;

/// <summary>The options of a Swift store's section. Source: glance_store, swift driver and its utilities.</summary>
internal static class SwiftOptionCatalog
{
    private const string Store = OptionDefinition.StoreSection;

    public static readonly Option<string?> ConfigFile = OptionalText(Store, "swift_store_config_file", "File with a section per way into Swift: auth_address, auth_version, user, key and their domains.");
    public static readonly Option<string> DefaultReference = Text(Store, "default_swift_reference", "ref1", "Section of swift_store_config_file that new images use.");
    public static readonly Option<int> AuthVersion = Whole(Store, "swift_store_auth_version", 3, "Where a reference does not say: 3 for Keystone, 1 for tempauth.", 1, 3);
    public static readonly Option<string?> AuthAddress = OptionalText(Store, "swift_store_auth_address", "Without swift_store_config_file: Keystone's address.");
    public static readonly Option<string?> User = OptionalText(Store, "swift_store_user", "Without swift_store_config_file: project:user.");
    public static readonly Option<string?> Key = OptionalText(Store, "swift_store_key", "Without swift_store_config_file: its password.");
    public static readonly Option<string> Container = Text(Store, "swift_store_container", "glance", "Container of the images.");
    public static readonly Option<int> MultipleContainersSeed = Whole(Store, "swift_store_multiple_containers_seed", 0, "Characters of the image's id to spread images over containers by; 0 for one container.", 0, 32);
    public static readonly Option<bool> CreateContainerOnPut = Flag(Store, "swift_store_create_container_on_put", false, "Make a missing container.");
    public static readonly Option<long> LargeObjectSize = Long(Store, "swift_store_large_object_size", 5120, "From how many MB (of 1000 KiB) on an image is stored in segments.", 1, 1L << 40);
    public static readonly Option<long> LargeObjectChunkSize = Long(Store, "swift_store_large_object_chunk_size", 200, "MB (of 1000 KiB) in a segment.", 1, 1L << 40);
    public static readonly Option<bool> MultiTenant = Flag(Store, "swift_store_multi_tenant", false, "Keep images in their owners' accounts.");
    public static readonly Option<ImmutableArray<string>> AdminTenants = List(Store, "swift_store_admin_tenants", "", "Projects that may write every container, with swift_store_multi_tenant.");
    public static readonly Option<string?> Endpoint = OptionalText(Store, "swift_store_endpoint", "Storage url to use instead of the catalog's.");
    public static readonly Option<string> EndpointType = OneOf(Store, "swift_store_endpoint_type", "publicURL", ["publicURL", "internalURL", "adminURL"], "Which of the catalog's urls to use.");
    public static readonly Option<string?> Region = OptionalText(Store, "swift_store_region", "Region to look for Swift in.");
    public static readonly Option<string> ServiceType = Text(Store, "swift_store_service_type", "object-store", "What Swift is called in the catalog.");
    public static readonly Option<bool> AuthInsecure = Flag(Store, "swift_store_auth_insecure", false, "Do not check certificates.");
    public static readonly Option<string?> Cacert = OptionalText(Store, "swift_store_cacert", "Certificates to trust.");
    public static readonly Option<int> RetryGetCount = Whole(Store, "swift_store_retry_get_count", 3, "How often a broken download goes on where it broke; in Glance 0 unless set.", 0);
    public static readonly Option<int> ExpireSoonInterval = Whole(Store, "swift_store_expire_soon_interval", 60, "Seconds before its end in which a token is renewed.", 0);
    public static readonly Option<bool> BufferOnUpload = Flag(Store, "swift_buffer_on_upload", false, "Keep each segment on disk until Swift has it, so that it can be sent again.");
    public static readonly Option<string?> UploadBufferDir = OptionalText(Store, "swift_upload_buffer_dir", "Folder for swift_buffer_on_upload.");

    public static readonly ImmutableArray<OptionDefinition> All =
    [
        ConfigFile, DefaultReference, AuthVersion, AuthAddress, User, Key, Container, MultipleContainersSeed, CreateContainerOnPut, LargeObjectSize, LargeObjectChunkSize, MultiTenant, AdminTenants,
        Endpoint, EndpointType, Region, ServiceType, AuthInsecure, Cacert, RetryGetCount, ExpireSoonInterval, BufferOnUpload, UploadBufferDir,
    ];
}
