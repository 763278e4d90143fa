using System.Collections.Immutable;
using static KollaNet.ImageService.Metadata.ColumnKind;
using static KollaNet.ImageService.Metadata.GlanceTables;

namespace KollaNet.ImageService.Metadata;

/// <summary>The tables of Glance's metadata definitions. Their rows are deleted for good, so they have no <c>deleted</c>.</summary>
internal static class MetadefTables
{
    private static readonly Reference ToNamespace = new("namespace_id", "metadef_namespaces", "id");

    public static ImmutableArray<Table> All { get; } =
    [
        new("metadef_namespaces",
            [
                Id, Name("namespace", 80), Optional("display_name", 80), Long("description"), Optional("visibility", 32),
                new("protected", ColumnKind.Boolean, Nullable: true), new("owner", Varchar, 255, IgnoresCase: false), .. Times,
            ], ["id"])
        {
            AutoIncrement = true,
            Keys = [Unique("uq_metadef_namespaces_namespace", "namespace"), Index("ix_metadef_namespaces_owner", "owner")],
        },
        InNamespace("metadef_objects", Long("description"), Long("required"), new("json_schema", Text)),
        InNamespace("metadef_properties", new Column("json_schema", Text)),
        InNamespace("metadef_tags"),
        new("metadef_resource_types", [Id, Name("name", 80), new("protected", ColumnKind.Boolean), .. Times], ["id"])
        {
            AutoIncrement = true,
            Keys = [Unique("uq_metadef_resource_types_name", "name")],
        },
        new("metadef_namespace_resource_types",
            [
                new("resource_type_id", Integer), new("namespace_id", Integer), Optional("properties_target", 80), Optional("prefix", 80), .. Times,
            ], ["resource_type_id", "namespace_id"])
        {
            Keys = [Index("ix_metadef_ns_res_types_namespace_id", "namespace_id")],
            References = [ToNamespace, new("resource_type_id", "metadef_resource_types", "id")],
        },
    ];

    private static Table InNamespace(string table, params ImmutableArray<Column> columns) =>
        new(table, [Id, new("namespace_id", Integer), Name("name", 80), .. columns, .. Times], ["id"])
        {
            AutoIncrement = true,
            Keys = [Unique($"uq_{table}_namespace_id_name", "namespace_id", "name"), Index($"ix_{table}_name", "name")],
            References = [ToNamespace],
        };
}
