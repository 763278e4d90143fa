using System.Data.Common;
using System.Globalization;
using System.Text;
using KollaNet.MariaDb;

namespace KollaNet.Bench;

/// <summary>Fills Glance's tables with many images, straight through ADO.NET: the API would take hours. For throw-away databases only.</summary>
internal sealed class RowSeeder(string databaseUrl, string projectId) : IAsyncDisposable
{
    /// <summary>Every seeded image's id begins with this.</summary>
    private const string Prefix = "be0c0000";

    private const int RowsPerStatement = 1000;
    private static readonly DateTime Newest = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly MariaDbDataSource database = new(MariaDbSettings.Parse(databaseUrl) with { CommandTimeout = TimeSpan.FromMinutes(10) });

    /// <summary>Images with data, a property and a location, one per second back from 2020, of all visibilities and formats.</summary>
    public async Task SeedAsync(int from, int to, CancellationToken cancel)
    {
        await using DbConnection connection = await database.OpenConnectionAsync(cancel);
        for (int at = from; at < to; at += RowsPerStatement)
        {
            int end = Math.Min(to, at + RowsPerStatement);
            await using DbTransaction transaction = await connection.BeginTransactionAsync(cancel);
            await RunAsync(connection, transaction, Statement("INSERT INTO images (id, name, status, visibility, protected, os_hidden, owner, disk_format, container_format, min_disk, min_ram, size, checksum, created_at, updated_at, deleted) VALUES ", at, end, ImageRow), cancel);
            await RunAsync(connection, transaction, Statement("INSERT INTO image_properties (image_id, name, value, created_at, updated_at, deleted) VALUES ", at, end, PropertyRow), cancel);
            await RunAsync(connection, transaction, Statement("INSERT INTO image_locations (image_id, value, meta_data, status, created_at, updated_at, deleted) VALUES ", at, end, LocationRow), cancel);
            await transaction.CommitAsync(cancel);
        }

        await using DbTransaction done = await connection.BeginTransactionAsync(cancel);
        await RunAsync(connection, done, "ANALYZE TABLE images, image_properties, image_locations", cancel);
        await done.CommitAsync(cancel);
    }

    /// <summary>A public qcow2 image this far down the list.</summary>
    public static string MarkerAt(int row) => Id(row / 6 * 6);

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private static string Statement(string head, int from, int to, Func<int, string> row)
    {
        var text = new StringBuilder(head);
        for (int i = from; i < to; i++) text.Append(i > from ? "," : "").Append(row(i));
        return text.ToString();
    }

    private string ImageRow(int i)
    {
        string visibility = (i % 3) switch { 0 => "public", 1 => "shared", _ => "private" }, format = i % 2 == 0 ? "qcow2" : "raw";
        return Invariant($"('{Id(i)}','seeded-{i}','active','{visibility}',0,0,'{projectId}','{format}','bare',0,0,{1000 + i},'{i:x32}','{Time(i)}','{Time(i)}',0)");
    }

    private static string PropertyRow(int i) => Invariant($"('{Id(i)}','os_distro','debian','{Time(i)}','{Time(i)}',0)");

    private static string LocationRow(int i) => Invariant($"('{Id(i)}','file:///var/lib/glance/images/{Id(i)}','{{\"store\": \"file\"}}','active','{Time(i)}','{Time(i)}',0)");

    private static string Id(int i) => Invariant($"{Prefix}-{i >> 16:x4}-4000-8000-{i:x12}");

    private static string Time(int i) => Newest.AddSeconds(-i).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task RunAsync(DbConnection connection, DbTransaction transaction, string sql, CancellationToken cancel)
    {
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Numbers of our own and a project id that Keystone made.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancel);
    }
}
