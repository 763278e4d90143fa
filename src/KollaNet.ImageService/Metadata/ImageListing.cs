using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>A page of images: filters, order and marker as SQL. One query for the page, one per 512 images for what belongs to them, one for a marker.</summary>
internal static class ImageListing
{
    /// <summary>Images whose belongings are fetched by one query.</summary>
    private const int Batch = 512;

    private static readonly ImmutableHashSet<string> SortColumns =
        ["name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"];

    private static readonly ImmutableHashSet<string> AnyOfColumns = ["name", "id", "status", "container_format", "disk_format"];

    private static readonly ImmutableHashSet<string> TextColumns = ["checksum", "os_hash_value", "os_hash_algo", "owner"];

    private static readonly ImmutableHashSet<string> NumberColumns = ["size", "min_disk", "min_ram"];

    public static async Task<IReadOnlyList<Image>> PageAsync(Session session, ImageQuery query, Caller caller, CancellationToken cancel)
    {
        Sql after = query.Marker is null ? Sql.True : await AfterMarkerAsync(session, query.Marker, query.Sort, caller, cancel);
        if (query.Limit <= 0) return [];
        string order = string.Join(", ", query.Sort.Select(key => $"{Column(key)} {(key.Descending ? "DESC" : "ASC")}"));
        Sql sorted = $" ORDER BY {Sql.Raw(order)} LIMIT {query.Limit}";
        IReadOnlyList<Sql> reasons = VisibleImages.Listed(query, caller, session.Dialect);
        Sql matching = $"{Live(query, caller)} AND {Matching(query, session.Dialect)} AND {after}";
        Sql where = reasons is [Sql only] ? $"{matching} AND {only}" : (Sql)$"i.id IN (SELECT page.id FROM ({Union(reasons, matching, sorted)}) page)";
        return await FetchAsync(session, $"{ImageRows.ImagesOnly(where, session.Dialect)}{sorted}", cancel);
    }

    /// <summary>Ids of the first images by each reason: the page is among them.</summary>
    private static Sql Union(IReadOnlyList<Sql> reasons, Sql matching, Sql sorted) =>
        Sql.Join(" UNION ", reasons.Select((reason, i) =>
        {
            Sql branch = $"SELECT id FROM (SELECT i.id FROM images i WHERE {matching} AND {reason}{sorted}) {Sql.Raw($"by_{i}")}";
            return branch;
        }));

    /// <summary>Images of a statement made from <see cref="ImageRows.ImagesOnly"/>, with what belongs to them.</summary>
    public static async Task<IReadOnlyList<Image>> FetchAsync(Session session, Sql images, CancellationToken cancel)
    {
        ImageRows rows = new(session);
        await session.ReadAsync(images, rows.Take, cancel);
        foreach (string[] ids in rows.Ids.Chunk(Batch))
            await session.ReadAsync(ImageRows.Belongings(ids, session), rows.Take, cancel);
        return rows.Finish();
    }

    /// <summary>The first page of the usual list starts at the newest live image, by <see cref="ListIndex"/>. With any other condition that has an index, the optimizer would merge
    /// that of deleted rows with it, and with a marker walk it from its beginning: there the + 0 hides it, and the walk starts at the marker by created_at alone.</summary>
    private static Sql Live(ImageQuery query, Caller caller)
    {
        bool isUsual = query.Marker is null && query.Visibility is null or "all" && query.Equal.IsEmpty && caller.IsAdmin && query.Sort[0].Column == "created_at";
        return Sql.Raw(isUsual ? "i.deleted = 0" : "i.deleted + 0 = 0");
    }

    private static Sql Matching(ImageQuery query, SqlDialect dialect)
    {
        List<Sql> all =
        [
            // The + 0 keeps the optimizer from an index with two values: it must walk the one that gives the order.
            $"i.os_hidden + 0 = {query.Hidden}",
            Sql.Raw("i.status NOT IN ('killed', 'deleted', 'pending_delete')"),
        ];
        if (query.Protected is { } isProtected) all.Add($"i.protected = {isProtected}");
        if (query.SizeMin is { } min) all.Add($"i.size >= {min}");
        if (query.SizeMax is { } max) all.Add($"i.size <= {max}");
        all.AddRange(query.AnyOf.Select(f => Sql.In(Known(f.Key, AnyOfColumns), f.Value)));
        all.AddRange(query.Equal.Select(f => Equal(f.Key, f.Value)));
        all.AddRange(query.Times.Select(Time));
        foreach (string tag in query.Tags)
            all.Add($"EXISTS (SELECT 1 FROM image_tags t WHERE t.image_id = i.id AND t.deleted = 0 AND t.value = {tag})");
        foreach ((string name, string value) in query.Properties)
        {
            Sql named = query.ExactPropertyNames ? dialect.Exact("p.name", name) : $"p.name = {name}";
            all.Add($"EXISTS (SELECT 1 FROM image_properties p WHERE p.image_id = i.id AND p.deleted = 0 AND {named} AND p.value = {value})");
        }

        return Sql.Join(" AND ", all);
    }

    private static Sql Equal(string column, string value)
    {
        if (TextColumns.Contains(column)) return $"{Sql.Raw("i." + column)} = {value}";
        string known = Known(column, NumberColumns);
        bool isNumber = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        return isNumber ? $"{Sql.Raw(known)} = {number}" : Sql.False;
    }

    private static Sql Time(TimeCondition condition)
    {
        string compare = condition.Operator switch
        {
            "gt" => ">",
            "gte" => ">=",
            "lt" => "<",
            "lte" => "<=",
            "eq" => "=",
            "neq" => "<>",
            _ => throw new ArgumentException($"No operator '{condition.Operator}'", nameof(condition)),
        };
        return $"{Sql.Raw(Known(condition.Column, SortColumns))} {Sql.Raw(compare)} {condition.At}";
    }

    private static async Task<Sql> AfterMarkerAsync(
        Session session, string marker, ImmutableArray<SortKey> sort, Caller caller, CancellationToken cancel)
    {
        Sql columns = Sql.Raw(string.Join(", ", sort.Select(Column)));
        Sql visible = VisibleImages.Shown(caller, session.Dialect);
        object?[]? values = null;
        bool isVisible = false;
        await session.ReadAsync(
            $"SELECT CASE WHEN {visible} THEN 1 ELSE 0 END, {columns} FROM images i WHERE i.id = {marker} AND i.deleted = 0",
            row =>
            {
                isVisible = row.GetInt64(0) != 0;
                values = [.. sort.Select((key, i) => ValueAt(row, i + 1, key, session.Dialect))];
            },
            cancel);
        if (values is null) throw new MarkerNotFoundException(marker);
        return isVisible ? After(sort, values) : throw new MarkerForbiddenException(marker);
    }

    private static object? ValueAt(DbDataReader row, int at, SortKey key, SqlDialect dialect)
    {
        if (row.IsDBNull(at)) return null;
        return key.Column switch
        {
            "size" => row.GetInt64(at),
            "created_at" or "updated_at" => dialect.TimeAt(row, at),
            _ => row.GetString(at),
        };
    }

    /// <summary>Rows after the one with <paramref name="values"/>: behind it by the first key, or level there and behind by the rest. NULL is lowest.</summary>
    private static Sql After(ImmutableArray<SortKey> sort, object?[] values)
    {
        Sql condition = Sql.False;
        for (int i = sort.Length - 1; i >= 0; i--)
        {
            Sql column = Sql.Raw(Column(sort[i]));
            Sql behind = Behind(sort[i], values[i]);
            Sql level = values[i] is { } value ? $"{column} = {value}" : (Sql)$"{column} IS NULL";
            condition = $"({behind} OR ({level} AND {condition}))";
        }

        // Says nothing new, but as a plain range on the first key: with it the walk starts at the marker, not at the first row.
        return values[0] is null || (sort[0].Descending && IsNullable(sort[0]))
            ? condition
            : $"{Sql.Raw(Column(sort[0]))} {Sql.Raw(sort[0].Descending ? "<=" : ">=")} {values[0]} AND {condition}";
    }

    private static Sql Behind(SortKey key, object? value)
    {
        Sql column = Sql.Raw(Column(key));
        return (value, key.Descending) switch
        {
            (null, true) => Sql.False,
            (null, false) => $"{column} IS NOT NULL",
            (_, false) => $"{column} > {value}",
            (_, true) when IsNullable(key) => $"({column} < {value} OR {column} IS NULL)",
            _ => $"{column} < {value}",
        };
    }

    private static bool IsNullable(SortKey key) => key.Column is not ("id" or "created_at" or "status");

    private static string Column(SortKey key) => Known(key.Column, SortColumns);

    private static string Known(string column, ImmutableHashSet<string> known) =>
        known.Contains(column) ? "i." + column : throw new ArgumentException($"No column '{column}' here", nameof(column));
}
