using System.Collections.Immutable;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>The options of a store of type <c>swift</c>, by Glance's names. Source: glance_store, swift driver.</summary>
public sealed record SwiftStoreOptions
{
    /// <summary>Ways into Swift by name: the sections of <c>swift_store_config_file</c>.</summary>
    public ImmutableSortedDictionary<string, SwiftReference> References { get; init; } = ImmutableSortedDictionary<string, SwiftReference>.Empty;

    /// <summary><c>default_swift_reference</c>: the one that new images take.</summary>
    public string DefaultReference { get; init; } = "ref1";

    /// <summary>False when the only reference was made of <c>swift_store_user</c> and its like: urls then hold credentials, as Glance would have it.</summary>
    public bool HasReferenceFile { get; init; } = true;

    /// <summary><c>swift_store_container</c>.</summary>
    public string Container { get; init; } = "glance";

    /// <summary><c>swift_store_multiple_containers_seed</c>: so many characters of the image's id are added to the container's name; 0 for one container.</summary>
    public int ContainerSeed { get; init; }

    /// <summary><c>swift_store_create_container_on_put</c>.</summary>
    public bool CreateContainerOnPut { get; init; }

    /// <summary><c>swift_store_large_object_size</c>, in bytes: from here on images are stored in segments.</summary>
    public long LargeObjectBytes { get; init; } = 5120 * SwiftMegabyte;

    /// <summary><c>swift_store_large_object_chunk_size</c>, in bytes.</summary>
    public long SegmentBytes { get; init; } = 200 * SwiftMegabyte;

    /// <summary><c>swift_store_multi_tenant</c>: images lie in their owners' accounts.</summary>
    public bool IsMultiTenant { get; init; }

    /// <summary><c>swift_store_admin_tenants</c>: projects that may write every container of the multi-tenant mode.</summary>
    public ImmutableArray<string> AdminTenants { get; init; } = [];

    /// <summary><c>swift_store_endpoint</c>: the storage url, instead of the one that Keystone's catalog names.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The catalog's word for <c>swift_store_endpoint_type</c>: public, internal or admin.</summary>
    public string Interface { get; init; } = "public";

    /// <summary><c>swift_store_region</c>.</summary>
    public string? Region { get; init; }

    /// <summary><c>swift_store_service_type</c>.</summary>
    public string ServiceType { get; init; } = "object-store";

    /// <summary><c>swift_store_auth_insecure</c>.</summary>
    public bool IsInsecure { get; init; }

    /// <summary><c>swift_store_cacert</c>.</summary>
    public string? CaFile { get; init; }

    /// <summary><c>swift_store_retry_get_count</c>: how often a broken download goes on where it broke.</summary>
    public int ReadRetries { get; init; } = 3;

    /// <summary><c>swift_store_expire_soon_interval</c>: a token this close to its end is renewed.</summary>
    public TimeSpan ExpireSoon { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>swift_upload_buffer_dir</c> when <c>swift_buffer_on_upload</c> is set: segments are kept there until Swift has them, so that they can be sent again. Else null.</summary>
    public string? BufferFolder { get; init; }

    /// <summary>How long Swift may make no progress.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What Glance's Swift driver counts sizes in.</summary>
    public const long SwiftMegabyte = 1000 * 1024;
}

/// <summary>One way into Swift: a section of <c>swift_store_config_file</c>.</summary>
/// <param name="AuthAddress">Keystone with or without <c>/v3</c>, or tempauth's <c>…/auth/v1.0</c>.</param>
/// <param name="AuthVersion">1 for tempauth, 3 for Keystone.</param>
/// <param name="User"><c>project:user</c>.</param>
/// <param name="Key">Its password.</param>
public sealed record SwiftReference(string AuthAddress, int AuthVersion, string User, string Key)
{
    /// <summary><c>user_domain_id</c>; null when the name says it.</summary>
    public string? UserDomainId { get; init; }

    /// <summary><c>user_domain_name</c>.</summary>
    public string? UserDomainName { get; init; }

    /// <summary><c>project_domain_id</c>; null when the name says it.</summary>
    public string? ProjectDomainId { get; init; }

    /// <summary><c>project_domain_name</c>.</summary>
    public string? ProjectDomainName { get; init; }

    /// <summary>The part of <see cref="User"/> before the colon.</summary>
    public string ProjectName => User.Contains(':') ? User[..User.IndexOf(':')] : User;

    /// <summary>The part of <see cref="User"/> after the colon.</summary>
    public string UserName => User[(User.IndexOf(':') + 1)..];

    /// <summary>Leaves the key out, so that it can be logged.</summary>
    public override string ToString() => $"{User} at {AuthAddress}";
}
