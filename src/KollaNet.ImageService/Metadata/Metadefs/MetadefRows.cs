using System.Collections.Immutable;
using System.Data.Common;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>How one kind of thing lies in its table, beside <c>namespace_id</c>, <c>name</c> and the times.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Kind">For messages.</param>
/// <param name="Columns">The further columns.</param>
/// <param name="Values">What goes into those, in order.</param>
/// <param name="Read">Makes one from name, created_at, updated_at and a row whose further columns begin at 3.</param>
internal sealed record MetadefRows<T>(
    string Table, string Kind, ImmutableArray<string> Columns, Func<T, object?[]> Values, Func<string, DateTime, DateTime?, DbDataReader, T> Read)
    where T : MetadefItem
{
    public Sql Selected => Sql.Raw(string.Join(", ", Columns.Prepend("updated_at").Prepend("created_at").Prepend("name")));

    public T At(DbDataReader row, SqlDialect dialect) =>
        Read(row.GetString(0), dialect.TimeAt(row, 1), row.IsDBNull(2) ? null : dialect.TimeAt(row, 2), row);

    public string Name(string item, MetadefNamespace of) => $"The metadata definition {Kind} {item} in namespace {of.Name}";
}

/// <summary>The three kinds.</summary>
internal static class MetadefRows
{
    public static MetadefRows<MetadefProperty> Properties { get; } = new(
        "metadef_properties", "property", ["json_schema"], item => [item.Schema],
        (name, created, updated, row) => new() { Name = name, CreatedAt = created, UpdatedAt = updated, Schema = row.GetString(3) });

    public static MetadefRows<MetadefObject> Objects { get; } = new(
        "metadef_objects", "object", ["description", "required", "json_schema"],
        item => [item.Description, item.Required.IsEmpty ? null : string.Join(',', item.Required), item.Properties],
        (name, created, updated, row) => new()
        {
            Name = name,
            CreatedAt = created,
            UpdatedAt = updated,
            Description = row.IsDBNull(3) ? null : row.GetString(3),
            Required = row.IsDBNull(4) ? [] : [.. row.GetString(4).Split(',', StringSplitOptions.RemoveEmptyEntries)],
            Properties = row.GetString(5) is "null" or "" ? "{}" : row.GetString(5),
        });

    public static MetadefRows<MetadefTag> Tags { get; } = new(
        "metadef_tags", "tag", [], _ => [], (name, created, updated, _) => new() { Name = name, CreatedAt = created, UpdatedAt = updated });
}
