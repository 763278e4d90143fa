using System.Collections.Immutable;
using static KollaNet.ImageService.Metadata.ColumnKind;

namespace KollaNet.ImageService.Metadata;

/// <summary>Glance's tables at revision <see cref="Revision"/>, in an order that satisfies their foreign keys.
/// Source: information_schema of databases made by glance-manage db_sync; image-api reference 7.</summary>
internal static class GlanceTables
{
    /// <summary>Glance 2024.1 through 2026.2.</summary>
    public const string Revision = "2024_1_contract01";

    /// <summary>The step before it, which adds the tables of the image cache.</summary>
    public const string ExpandRevision = "2024_1_expand01";

    /// <summary>Alembic's own table; its row is written last and says that all the others are there.</summary>
    public const string VersionTable = "alembic_version";

    public static ImmutableArray<Table> All { get; } =
    [
        new(VersionTable, [Name("version_num", 32)], ["version_num"]),
        Images(),
        ImageProperties(),
        ImageLocations(),
        ImageMembers(),
        ImageTags(),
        Tasks(),
        new("task_info", [Name("task_id", 36), Long("input"), Long("result"), Long("message")], ["task_id"])
        {
            References = [new("task_id", "tasks", "id")],
        },
        new("node_reference", [new("node_reference_id", BigInteger), Name("node_reference_url", 255)], ["node_reference_id"])
        {
            CameWith = ExpandRevision,
            AutoIncrement = true,
            Keys = [Unique("uq_node_reference_node_reference_url", "node_reference_url")],
        },
        CachedImages(),
        .. MetadefTables.All,
    ];

    public static Column Name(string name, int length) => new(name, Varchar, length);

    public static Column Optional(string name, int length) => new(name, Varchar, length, Nullable: true);

    public static Column Long(string name) => new(name, Text, Nullable: true);

    public static Column Id => new("id", Integer);

    public static ImmutableArray<Column> Times => [new("created_at", Time), new("updated_at", Time, Nullable: true)];

    public static Key Index(string name, params ImmutableArray<string> columns) => new(name, false, columns);

    public static Key Unique(string name, params ImmutableArray<string> columns) => new(name, true, columns);

    /// <summary>When a row came, changed and went; rows stay after that.</summary>
    private static ImmutableArray<Column> Life => [.. Times, new("deleted_at", Time, Nullable: true), new("deleted", ColumnKind.Boolean)];

    /// <summary>A project id: never equal to one that differs in case.</summary>
    private static Column Project(string name, bool nullable = false) => new(name, Varchar, 255, nullable, IgnoresCase: false);

    private static Table Images() => new("images",
        [
            Name("id", 36), Optional("name", 255), new("size", BigInteger, Nullable: true), Name("status", 30), .. Life,
            Optional("disk_format", 20), Optional("container_format", 20), Optional("checksum", 32), Project("owner", nullable: true),
            new("min_disk", Integer), new("min_ram", Integer), new("protected", ColumnKind.Boolean, Default: "0"),
            new("virtual_size", BigInteger, Nullable: true), new("visibility", Visibility, Default: "'shared'"),
            new("os_hidden", ColumnKind.Boolean, Default: "0", Checked: false), Optional("os_hash_algo", 64), Optional("os_hash_value", 128),
        ], ["id"])
    {
        Keys =
        [
            Index("checksum_image_idx", "checksum"), Index("ix_images_deleted", "deleted"), Index("owner_image_idx", "owner"),
            Index("created_at_image_idx", "created_at"), Index("updated_at_image_idx", "updated_at"), Index("visibility_image_idx", "visibility"),
            Index("os_hidden_image_idx", "os_hidden"), Index("os_hash_value_image_idx", "os_hash_value"),
        ],
    };

    private static Table ImageProperties() => new("image_properties", [Id, Name("image_id", 36), Name("name", 255), Long("value"), .. Life], ["id"])
    {
        AutoIncrement = true,
        Keys =
        [
            Unique("ix_image_properties_image_id_name", "image_id", "name"), Index("ix_image_properties_deleted", "deleted"),
            Index("ix_image_properties_image_id", "image_id"),
        ],
        References = [new("image_id", "images", "id")],
    };

    private static Table ImageLocations() => new("image_locations",
        [Id, Name("image_id", 36), new("value", Text), .. Life, Long("meta_data"), new("status", Varchar, 30, Default: "'active'")], ["id"])
    {
        AutoIncrement = true,
        Keys = [Index("ix_image_locations_deleted", "deleted"), Index("ix_image_locations_image_id", "image_id")],
        References = [new("image_id", "images", "id")],
    };

    private static Table ImageMembers() => new("image_members",
        [Id, Name("image_id", 36), Project("member"), new("can_share", ColumnKind.Boolean), .. Life, new("status", Varchar, 20, Default: "'pending'")], ["id"])
    {
        AutoIncrement = true,
        Keys =
        [
            Unique("image_members_image_id_member_deleted_at_key", "image_id", "member", "deleted_at"), Index("ix_image_members_deleted", "deleted"),
            Index("ix_image_members_image_id", "image_id"), Index("ix_image_members_image_id_member", "image_id", "member"),
        ],
        References = [new("image_id", "images", "id")],
    };

    private static Table ImageTags() => new("image_tags", [Id, Name("image_id", 36), Name("value", 255), .. Life], ["id"])
    {
        AutoIncrement = true,
        Keys = [Index("ix_image_tags_image_id", "image_id"), Index("ix_image_tags_image_id_tag_value", "image_id", "value")],
        References = [new("image_id", "images", "id")],
    };

    private static Table Tasks() => new("tasks",
        [
            Name("id", 36), Name("type", 30), Name("status", 30), Project("owner"), new("expires_at", Time, Nullable: true), .. Life,
            Optional("image_id", 36), Optional("request_id", 64), Optional("user_id", 64),
        ], ["id"])
    {
        Keys =
        [
            Index("ix_tasks_deleted", "deleted"), Index("ix_tasks_owner", "owner"), Index("ix_tasks_status", "status"), Index("ix_tasks_type", "type"),
            Index("ix_tasks_updated_at", "updated_at"), Index("ix_tasks_image_id", "image_id"),
        ],
    };

    private static Table CachedImages() => new("cached_images",
        [
            new("id", BigInteger), Name("image_id", 36), new("last_accessed", Time), new("last_modified", Time), new("size", BigInteger),
            new("hits", Integer), Optional("checksum", 32), new("node_reference_id", BigInteger),
        ], ["id"])
    {
        CameWith = ExpandRevision,
        AutoIncrement = true,
        Keys = [Unique("ix_cached_images_image_id_node_reference_id", "image_id", "node_reference_id")],
        References = [new("node_reference_id", "node_reference", "node_reference_id")],
    };
}
