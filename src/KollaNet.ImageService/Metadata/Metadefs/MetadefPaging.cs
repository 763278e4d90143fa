using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>Order and marker as SQL over one table <c>t</c>: by the sort key, then by id. NULL counts as empty.</summary>
internal static class MetadefPaging
{
    public static Sql Order(ImmutableArray<string> known, MetadefPage page)
    {
        string direction = page.Descending ? "DESC" : "ASC";
        Sql order = Sql.Raw($" ORDER BY {Key("t", known, page)} {direction}, t.id {direction}");
        return page.Limit is { } limit ? $"{order} LIMIT {limit}" : order;
    }

    /// <summary>Rows behind the one with <paramref name="markerId"/>.</summary>
    public static Sql After(string table, ImmutableArray<string> known, MetadefPage page, long markerId)
    {
        Sql key = Sql.Raw(Key("t", known, page));
        Sql marker = $"(SELECT {Sql.Raw(Key("m", known, page))} FROM {Sql.Raw(table)} m WHERE m.id = {markerId})";
        Sql behind = Sql.Raw(page.Descending ? "<" : ">");
        return $"({key} {behind} {marker} OR ({key} = {marker} AND t.id {behind} {markerId}))";
    }

    private static string Key(string alias, ImmutableArray<string> known, MetadefPage page)
    {
        if (!known.Contains(page.SortKey)) throw new ArgumentException($"No column '{page.SortKey}' here", nameof(page));
        return page.SortKey is "id" ? $"{alias}.id" : page.SortKey is "protected" ? $"COALESCE({alias}.protected, 0)" : $"COALESCE({alias}.{page.SortKey}, '')";
    }
}
