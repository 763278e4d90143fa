using System.Buffers;
using System.Collections.Immutable;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Rows to images. An image and its properties, tags and locations come in rows of one shape, told apart by the first column, so that a
/// single UNION fetches all of them.</summary>
internal sealed class ImageRows(Session session)
{
    private const int Image = 0;
    private const int Property = 1;
    private const int Tag = 2;
    private const int Location = 3;

    private readonly SqlDialect dialect = session.Dialect;
    private readonly List<Collected> collected = [];
    private readonly Dictionary<string, Collected> byId = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Ids collected so far, in the order they came.</summary>
    public IReadOnlyList<string> Ids => [.. collected.Select(c => c.Image.Id)];

    /// <summary>Images <paramref name="where"/> selects, over <c>images i</c>, without what belongs to them.</summary>
    public static Sql ImagesOnly(Sql where, SqlDialect dialect) => $"""
        SELECT 0 AS kind, {Sql.Raw(dialect.Text("i.id"))} AS image_id, 0 AS row_id, {Sql.Raw(dialect.Text("i.name"))} AS name, {Sql.Raw(dialect.Text("NULL"))} AS value,
            {Sql.Raw(dialect.Text("NULL"))} AS meta_data, {Sql.Raw(dialect.Text("i.status"))} AS status, {Sql.Raw(dialect.Text("i.visibility"))} AS visibility,
            i.protected, i.os_hidden, i.owner, i.disk_format, i.container_format, i.min_disk, i.min_ram, i.size, i.virtual_size,
            i.checksum, i.os_hash_algo, i.os_hash_value, i.created_at, COALESCE(i.updated_at, i.created_at) AS updated_at
        FROM images i WHERE {where}
        """;

    /// <summary>Everything alive that belongs to the images with <paramref name="ids"/>.</summary>
    public static Sql Belongings(IReadOnlyList<string> ids, Session session)
    {
        SqlDialect dialect = session.Dialect;
        if (!session.CanLookUp) return Belongings(ids, padding: false, dialect);
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartArray();
            foreach (string id in ids) writer.WriteStringValue(id);
            writer.WriteEndArray();
        }

        string wanted = Encoding.UTF8.GetString(json.WrittenSpan);
        return Belongings((table, column) => $"{dialect.LookedUp(table, column, wanted)} WHERE ", padding: false, dialect);
    }

    /// <summary>Live images with everything that belongs to them. For a few ids: each stands in the statement four times.</summary>
    public static Sql Whole(IReadOnlyList<string> ids, SqlDialect dialect)
    {
        Sql images = ImagesOnly($"{Sql.In("i.id", ids)} AND i.deleted + 0 = 0", dialect);
        return $"{images} UNION ALL {Belongings(ids, padding: true, dialect)}";
    }

    /// <summary>Takes one row of any of the statements above.</summary>
    public void Take(DbDataReader row)
    {
        int kind = row.GetInt32(0);
        string imageId = row.GetString(1);
        if (kind == Image)
        {
            Collected image = new(ReadImage(row, imageId), session.Cipher);
            collected.Add(image);
            byId[imageId] = image;
        }
        else if (byId.TryGetValue(imageId, out Collected? owner))
        {
            owner.Take(kind, row);
        }
    }

    public IReadOnlyList<Image> Finish() => [.. collected.Select(c => c.Finish())];

    /// <summary>What a location says about itself; nothing for NULL or text that is not a JSON object. Values that are not strings keep their JSON.</summary>
    public static ImmutableSortedDictionary<string, string> ParseMetadata(string? json)
    {
        if (string.IsNullOrEmpty(json)) return ImmutableSortedDictionary<string, string>.Empty;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind != JsonValueKind.Object
                ? ImmutableSortedDictionary<string, string>.Empty
                : document.RootElement.EnumerateObject().Aggregate(ImmutableSortedDictionary<string, string>.Empty, (all, one) =>
                    all.SetItem(one.Name, one.Value.ValueKind == JsonValueKind.String ? one.Value.GetString()! : one.Value.GetRawText()));
        }
        catch (JsonException)
        {
            return ImmutableSortedDictionary<string, string>.Empty;
        }
    }

    private static Sql Belongings(IReadOnlyList<string> ids, bool padding, SqlDialect dialect) =>
        Belongings((table, column) => $"{Sql.Raw(table)} WHERE {Sql.In(column, ids)} AND ", padding, dialect);

    // The + 0 hides the index on deleted: by statistics from before the rows came it looks good, and reads all live rows for each image.
    /// <param name="of">Table with alias, column of the image's id → what follows FROM, up to the last condition.</param>
    private static Sql Belongings(Func<string, string, Sql> of, bool padding, SqlDialect dialect)
    {
        Sql pad = Sql.Raw(padding ? string.Concat(Enumerable.Repeat(", NULL", 15)) : "");
        string T(string column) => dialect.Text(column);
        return $"""
            SELECT 1 AS kind, {Sql.Raw(T("p.image_id"))} AS image_id, p.id AS row_id, {Sql.Raw(T("p.name"))} AS name, {Sql.Raw(T("p.value"))} AS value,
                {Sql.Raw(T("NULL"))} AS meta_data, {Sql.Raw(T("NULL"))} AS status{pad} FROM {of("image_properties p", "p.image_id")}p.deleted + 0 = 0
            UNION ALL SELECT 2, {Sql.Raw(T("t.image_id"))}, t.id, {Sql.Raw(T("t.value"))}, {Sql.Raw(T("NULL"))},
                {Sql.Raw(T("NULL"))}, {Sql.Raw(T("NULL"))}{pad} FROM {of("image_tags t", "t.image_id")}t.deleted + 0 = 0
            UNION ALL SELECT 3, {Sql.Raw(T("l.image_id"))}, l.id, {Sql.Raw(T("NULL"))}, {Sql.Raw(T("l.value"))},
                {Sql.Raw(T("l.meta_data"))}, {Sql.Raw(T("l.status"))}{pad} FROM {of("image_locations l", "l.image_id")}l.deleted + 0 = 0
            """;
    }

    private Image ReadImage(DbDataReader row, string id) => new()
    {
        Id = id,
        Name = TextAt(row, 3),
        Status = ImageStatuses.TryParseStatus(row.GetString(6), out ImageStatus status) ? status : throw Unreadable(id, "status", row.GetString(6)),
        Visibility = ImageStatuses.TryParseVisibility(row.GetString(7), out ImageVisibility visibility)
            ? visibility : throw Unreadable(id, "visibility", row.GetString(7)),
        Protected = row.GetInt64(8) != 0,
        Hidden = row.GetInt64(9) != 0,
        Owner = TextAt(row, 10),
        DiskFormat = TextAt(row, 11),
        ContainerFormat = TextAt(row, 12),
        MinDisk = row.GetInt32(13),
        MinRam = row.GetInt32(14),
        SizeBytes = NumberAt(row, 15),
        VirtualSizeBytes = NumberAt(row, 16),
        Checksum = TextAt(row, 17),
        HashAlgorithm = TextAt(row, 18),
        HashValue = TextAt(row, 19),
        CreatedAt = dialect.TimeAt(row, 20),
        UpdatedAt = dialect.TimeAt(row, 21),
    };

    private static string? TextAt(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? NumberAt(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static InvalidDataException Unreadable(string id, string column, string value) => new($"Image {id} has {column} '{value}' in the database");

    /// <summary>An image whose belongings are still arriving.</summary>
    private sealed class Collected(Image image, LocationCipher cipher)
    {
        private readonly SortedList<long, KeyValuePair<string, string?>> properties = [];
        private readonly SortedList<long, string> tags = [];
        private readonly SortedList<long, ImageLocation> locations = [];

        public Image Image => image;

        public void Take(int kind, DbDataReader row)
        {
            long rowId = row.GetInt64(2);
            if (kind == Property) properties[rowId] = new(row.GetString(3), TextAt(row, 4));
            else if (kind == Tag) tags[rowId] = row.GetString(3);
            else if (kind == Location) locations[rowId] = new(rowId, cipher.Read(row.GetString(4)), ParseMetadata(TextAt(row, 5)), row.GetString(6));
        }

        public Image Finish() => image with
        {
            Properties = PropertyDictionary.Of(properties.Values),
            Tags = [.. tags.Values.Distinct(StringComparer.Ordinal)],
            Locations = [.. locations.Values],
        };
    }
}
