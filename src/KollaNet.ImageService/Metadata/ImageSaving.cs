using System.Collections.Immutable;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Metadata;

/// <summary>Writes images with what belongs to them, inside a transaction somebody else commits.</summary>
internal static class ImageSaving
{
    /// <summary>Bounds the statement's size and the number of different texts.</summary>
    public const int RowsPerInsert = 16;

    private static readonly ImmutableArray<string> OwnedTables = ["image_properties", "image_tags", "image_members", "image_locations"];

    public static async Task<Image?> LoadAsync(Session session, string id, CancellationToken cancel)
    {
        ImageRows rows = new(session);
        await session.ReadAsync(ImageRows.Whole([id], session.Dialect), rows.Take, cancel);
        return rows.Finish() is [Image image, ..] ? image : null;
    }

    public static async Task<bool> AddAsync(Session session, Image image, CancellationToken cancel)
    {
        try
        {
            await session.ExecuteAsync(
                $"""
                INSERT INTO images (id, name, status, visibility, protected, os_hidden, owner, disk_format, container_format, min_disk, min_ram,
                    size, virtual_size, checksum, os_hash_algo, os_hash_value, created_at, updated_at, deleted)
                VALUES ({image.Id}, {image.Name}, {image.Status.Name()}, {image.Visibility.Name()}, {image.Protected}, {image.Hidden}, {image.Owner},
                    {image.DiskFormat}, {image.ContainerFormat}, {image.MinDisk}, {image.MinRam}, {image.SizeBytes}, {image.VirtualSizeBytes},
                    {image.Checksum}, {image.HashAlgorithm}, {image.HashValue}, {image.CreatedAt.WholeSeconds()}, {image.UpdatedAt.WholeSeconds()}, 0)
                """,
                cancel);
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            throw new ImageExistsException(image.Id);
        }

        await InsertPropertiesAsync(session, image, image.Properties, revive: false, cancel);
        await ImageTags.InsertAsync(session, image.Id, image.Tags.Distinct(StringComparer.Ordinal), image.CreatedAt, cancel);
        foreach (ImageLocation location in image.Locations) await InsertLocationAsync(session, image, location, cancel);
        return true;
    }

    public static async Task<Image> SaveAsync(Session session, Image image, ImageStatus expected, CancellationToken cancel)
    {
        int matched = await session.ExecuteAsync(
            $"""
            UPDATE images SET name = {image.Name}, status = {image.Status.Name()}, visibility = {image.Visibility.Name()}, protected = {image.Protected},
                os_hidden = {image.Hidden}, owner = {image.Owner}, disk_format = {image.DiskFormat}, container_format = {image.ContainerFormat},
                min_disk = {image.MinDisk}, min_ram = {image.MinRam}, size = {image.SizeBytes}, virtual_size = {image.VirtualSizeBytes},
                checksum = {image.Checksum}, os_hash_algo = {image.HashAlgorithm}, os_hash_value = {image.HashValue},
                updated_at = {image.UpdatedAt.WholeSeconds()}
            WHERE id = {image.Id} AND status = {expected.Name()} AND deleted = 0
            """,
            cancel);
        if (matched == 0) throw await ConflictAsync(session, image.Id, expected, cancel);

        Image stored = (await LoadAsync(session, image.Id, cancel))!;
        await SavePropertiesAsync(session, stored, image, cancel);
        await SaveTagsAsync(session, stored, image, cancel);
        await SaveLocationsAsync(session, stored, image, cancel);
        Image saved = (await LoadAsync(session, image.Id, cancel))!;
        return CountSaved(saved) == CountSaved(image) ? saved : throw new PropertyNamesCollideException(image.Id);
    }

    /// <param name="next">Deleted, or pending deletion: to everybody but the scrubber there is no difference.</param>
    public static async Task<bool> DeleteAsync(Session session, string id, ImageStatus expected, ImageStatus next, DateTime at, CancellationToken cancel)
    {
        DateTime now = at.WholeSeconds();
        int matched = await session.ExecuteAsync(
            $"""
            UPDATE images SET status = {next.Name()}, deleted = 1, deleted_at = {now}, updated_at = {now}
            WHERE id = {id} AND status = {expected.Name()} AND deleted = 0
            """,
            cancel);
        if (matched == 0) throw await ConflictAsync(session, id, expected, cancel);
        foreach (string table in await OwnedAsync(session, id, cancel))
        {
            Sql status = table == "image_locations" ? $"status = {next.Name()}, " : Sql.Raw("");
            await session.ExecuteAsync(
                $"UPDATE {Sql.Raw(table)} SET {status}deleted = 1, deleted_at = {now}, updated_at = {now} WHERE image_id = {id} AND deleted = 0", cancel);
        }

        return true;
    }

    /// <summary>The tables that hold something of an image, whose row must be locked, so that it stays like this: one question in place of an update of each.</summary>
    private static async Task<IReadOnlyList<string>> OwnedAsync(Session session, string id, CancellationToken cancel)
    {
        Sql has = Sql.Join(", ", OwnedTables.Select(table => { Sql any = $"EXISTS (SELECT 1 FROM {Sql.Raw(table)} WHERE image_id = {id} AND deleted = 0)"; return any; }));
        List<string> owned = [];
        await session.ReadAsync($"SELECT {has}", row => owned.AddRange(OwnedTables.Where((_, i) => row.GetInt64(i) != 0)), cancel);
        return owned;
    }

    private static async Task<ImageStatusConflictException> ConflictAsync(Session session, string id, ImageStatus expected, CancellationToken cancel)
    {
        object? name = await session.ScalarAsync($"SELECT status FROM images WHERE id = {id} AND deleted = 0", cancel);
        ImageStatus? found = name is string text && ImageStatuses.TryParseStatus(text, out ImageStatus status) ? status : null;
        return new ImageStatusConflictException(id, expected, found);
    }

    /// <summary>Without the lock of tasks, which may come and go while somebody else's change is under way.</summary>
    private static int CountSaved(Image image) => image.Properties.Count - (image.Properties.ContainsKey(ImportProperties.Lock) ? 1 : 0);

    private static async Task SavePropertiesAsync(Session session, Image stored, Image image, CancellationToken cancel)
    {
        DateTime now = image.UpdatedAt.WholeSeconds();
        string[] gone = [.. stored.Properties.Keys.Where(name => name != ImportProperties.Lock && !image.Properties.ContainsKey(name))];
        if (gone.Length > 0)
        {
            // Before the others are written: a name that only changes its case then finds its row deleted and revives it.
            Sql names = Sql.In("name", gone);
            await session.ExecuteAsync(
                $"UPDATE image_properties SET deleted = 1, deleted_at = {now}, updated_at = {now} WHERE image_id = {image.Id} AND deleted = 0 AND {names}",
                cancel);
        }

        IEnumerable<KeyValuePair<string, string?>> changed =
            image.Properties.Where(p => p.Key != ImportProperties.Lock).Where(p => !stored.Properties.TryGetValue(p.Key, out string? value) || value != p.Value);
        await InsertPropertiesAsync(session, image, changed, revive: true, cancel);
    }

    private static async Task InsertPropertiesAsync(
        Session session, Image image, IEnumerable<KeyValuePair<string, string?>> properties, bool revive, CancellationToken cancel)
    {
        DateTime now = image.UpdatedAt.WholeSeconds();
        Sql end = Sql.Raw(revive ? session.Dialect.ReviveProperty : "");
        foreach (KeyValuePair<string, string?>[] some in properties.Chunk(RowsPerInsert))
        {
            Sql rows = Sql.Join(", ", some.Select(p => { Sql row = $"({image.Id}, {p.Key}, {p.Value}, {now}, {now}, 0)"; return row; }));
            try
            {
                await session.ExecuteAsync($"INSERT INTO image_properties (image_id, name, value, created_at, updated_at, deleted) VALUES {rows}{end}", cancel);
            }
            catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
            {
                throw new PropertyNamesCollideException(image.Id);
            }
        }
    }

    private static async Task SaveTagsAsync(Session session, Image stored, Image image, CancellationToken cancel)
    {
        DateTime now = image.UpdatedAt.WholeSeconds();
        foreach (string tag in stored.Tags.Except(image.Tags, StringComparer.Ordinal))
        {
            await session.ExecuteAsync(
                $"""
                UPDATE image_tags SET deleted = 1, deleted_at = {now}, updated_at = {now}
                WHERE image_id = {image.Id} AND deleted = 0 AND {session.Dialect.Exact("value", tag)}
                """,
                cancel);
        }

        await ImageTags.InsertAsync(session, image.Id, image.Tags.Except(stored.Tags, StringComparer.Ordinal), now, cancel);
    }

    private static async Task SaveLocationsAsync(Session session, Image stored, Image image, CancellationToken cancel)
    {
        DateTime now = image.UpdatedAt.WholeSeconds();
        foreach (ImageLocation old in stored.Locations)
        {
            ImageLocation? kept = image.Locations.FirstOrDefault(l => l.RowId == old.RowId);
            if (kept is null || kept.Status != "active") await RemoveLocationAsync(session, old, kept?.Status ?? "deleted", now, cancel);
            else if (!IsSame(kept, old)) await UpdateLocationAsync(session, kept, now, cancel);
        }

        foreach (ImageLocation added in image.Locations.Where(l => l.RowId == 0)) await InsertLocationAsync(session, image, added, cancel);
    }

    private static bool IsSame(ImageLocation one, ImageLocation other) =>
        one.Url == other.Url && one.Status == other.Status && one.Metadata.SequenceEqual(other.Metadata);

    private static Task<int> RemoveLocationAsync(Session session, ImageLocation location, string status, DateTime now, CancellationToken cancel) =>
        session.ExecuteAsync(
            $"UPDATE image_locations SET status = {status}, deleted = 1, deleted_at = {now}, updated_at = {now} WHERE id = {location.RowId}", cancel);

    private static Task<int> UpdateLocationAsync(Session session, ImageLocation location, DateTime now, CancellationToken cancel) =>
        session.ExecuteAsync(
            $"""
            UPDATE image_locations SET value = {session.Cipher.Write(location.Url)}, meta_data = {Json(location.Metadata)}, status = {location.Status}, updated_at = {now}
            WHERE id = {location.RowId}
            """,
            cancel);

    private static Task<int> InsertLocationAsync(Session session, Image image, ImageLocation location, CancellationToken cancel)
    {
        DateTime now = image.UpdatedAt.WholeSeconds();
        return session.ExecuteAsync(
            $"""
            INSERT INTO image_locations (image_id, value, meta_data, status, created_at, updated_at, deleted)
            VALUES ({image.Id}, {session.Cipher.Write(location.Url)}, {Json(location.Metadata)}, {location.Status}, {now}, {now}, 0)
            """,
            cancel);
    }

    private static string Json(ImmutableSortedDictionary<string, string> metadata)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            foreach ((string name, string value) in metadata) json.WriteString(name, value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}

/// <summary>Times as the tables keep them.</summary>
internal static class TableTimes
{
    /// <summary>Without the fraction, which DATETIME columns cannot hold.</summary>
    public static DateTime WholeSeconds(this DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond), time.Kind);
}
