using System.Data.Common;
using System.Globalization;
using KollaNet.ImageService.Metadata;
using KollaNet.TestHost;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;
using Image = KollaNet.ImageService.Images.Image;
using PropertyDictionary = KollaNet.ImageService.Images.PropertyDictionary;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>What removing old rows promises, whatever the database.</summary>
public abstract class DatabasePurgeContract : IAsyncLifetime
{
    private static readonly string[] Tables = ["images", "image_locations", "image_members", "image_properties", "image_tags", "task_info", "tasks"];

    private ImageDatabase database = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract Task<ImageDatabase> EmptyDatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        database = await EmptyDatabaseAsync();
        await database.Schema.SyncAsync(Cancel);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Rows_deleted_long_ago_go_children_first_and_ids_only_by_the_second_command()
    {
        Image gone = await AddAsync(), alive = await AddAsync(), fresh = await AddAsync();
        await database.Images.DeleteAsync(gone.Id, gone.Status, Noon, Cancel);
        await database.Images.DeleteAsync(fresh.Id, fresh.Status, Later, Cancel);
        await AddTaskAsync("old", Noon);
        await AddTaskAsync("new", Later);

        (await database.Purge.PurgeImagesAsync(Noon.AddMinutes(1), null, Cancel)).Rows.Should().Be(0, "its children are still there");
        IReadOnlyList<PurgedTable> purged = await database.Purge.PurgeExceptImagesAsync(Noon.AddMinutes(1), null, Cancel);

        string.Join(", ", purged.Select(table => $"{table.Table} {table.Rows}"))
            .Should().Be("task_info 1, image_properties 1, image_tags 1, image_members 1, image_locations 1, tasks 1");
        await database.Images.Awaiting(i => i.AddAsync(gone, Cancel)).Should().ThrowAsync<ImageExistsException>();
        (await database.Purge.PurgeImagesAsync(Noon.AddMinutes(1), null, Cancel)).Rows.Should().Be(1);
        (await CountsAsync()).Should().Be("2 2 2 2 2 1 1");
        (await database.Images.FindAsync(alive.Id, Admin, Cancel))!.Properties["a"].Should().Be("b");
        await database.Images.AddAsync(gone with { Locations = [] }, Cancel);
    }

    [Fact]
    public async Task A_limit_is_for_each_table_and_the_rest_goes_the_next_time()
    {
        for (int i = 0; i < 3; i++)
        {
            Image image = await AddAsync();
            await database.Images.DeleteAsync(image.Id, image.Status, Noon, Cancel);
            await AddTaskAsync($"task{i}", Noon);
        }

        (await database.Purge.PurgeExceptImagesAsync(Later, 2, Cancel)).Should().OnlyContain(table => table.Rows == 2);
        (await database.Purge.PurgeImagesAsync(Later, 5, Cancel)).Rows.Should().Be(2);
        (await database.Purge.PurgeExceptImagesAsync(Later, 2, Cancel)).Should().OnlyContain(table => table.Rows == 1);
        (await database.Purge.PurgeImagesAsync(Later, 0, Cancel)).Rows.Should().Be(0);
        (await database.Purge.PurgeImagesAsync(Later, 5, Cancel)).Rows.Should().Be(1);
        (await CountsAsync()).Should().Be("0 0 0 0 0 0 0");
    }

    [Fact]
    public async Task More_rows_than_fit_one_transaction_go_as_well()
    {
        Image image = await AddAsync();
        string rows = string.Join(", ", Enumerable.Range(0, 2500).Select(i => $"('{image.Id}', 't{i}', '2026-07-22 12:00:00', '2026-07-22 12:00:00', 1)"));
        await RunAsync($"INSERT INTO image_tags (image_id, value, created_at, deleted_at, deleted) VALUES {rows}");

        (await database.Purge.PurgeExceptImagesAsync(Later, null, Cancel)).Sum(table => table.Rows).Should().Be(2500);
    }

    [Fact]
    public async Task What_the_scrubber_still_has_to_remove_stays()
    {
        Image image = await AddAsync();
        await RunAsync($"UPDATE image_locations SET status = 'pending_delete', deleted = 1, deleted_at = '2026-07-22 12:00:00' WHERE image_id = '{image.Id}'");
        await RunAsync($"UPDATE images SET status = 'pending_delete', deleted = 1, deleted_at = '2026-07-22 12:00:00' WHERE id = '{image.Id}'");

        await database.Purge.PurgeExceptImagesAsync(Later, null, Cancel);
        await database.Purge.PurgeImagesAsync(Later, null, Cancel);

        (await CountsAsync())[..3].Should().Be("1 1");
    }

    private async Task<Image> AddAsync()
    {
        Image image = New() with { Properties = PropertyDictionary.Of([new("a", "b")]), Tags = ["t"], Locations = [At("file:///x")] };
        await database.Images.AddAsync(image, Cancel);
        await database.Images.AddMemberAsync(image.Id, Theirs, Noon, Cancel);
        return image;
    }

    private async Task AddTaskAsync(string id, DateTime deleted)
    {
        string at = deleted.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        await RunAsync($"INSERT INTO tasks (id, type, status, owner, created_at, deleted_at, deleted) VALUES ('{id}', 'import', 'success', 'x', '{at}', '{at}', 1)");
        await RunAsync($"INSERT INTO task_info (task_id) VALUES ('{id}')");
    }

    private async Task<string> CountsAsync()
    {
        List<string> counts = [];
        foreach (string table in Tables) counts.Add(Convert.ToString(await RunAsync($"SELECT COUNT(*) FROM {table}"), CultureInfo.InvariantCulture)!);
        return string.Join(' ', counts);
    }

    private async Task<object?> RunAsync(string sql)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(Cancel);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(Cancel);
    }
}

public sealed class SqlitePurgeMeetsTheContract : DatabasePurgeContract
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-purge-");

    protected override Task<ImageDatabase> EmptyDatabaseAsync() => Task.FromResult(ImageDatabase.Open($"sqlite:///{folder.FullName}/glance.sqlite"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

public sealed class MariaDbPurgeMeetsTheContract : DatabasePurgeContract
{
    protected override async Task<ImageDatabase> EmptyDatabaseAsync() =>
        ImageDatabase.Open(await (await MariaDbServer.StartedAsync(Cancel)).NewDatabaseAsync("purge", Cancel));
}
