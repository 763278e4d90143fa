using KollaNet.ImageService.Metadata;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

// Databases of Glance 2022.2 to 2023.2, and those in the middle of an upgrade from there.
public abstract partial class DatabaseSchemaContract
{
    [Theory]
    [InlineData("wallaby_contract01", false)]
    [InlineData("zed_contract01", false)]
    [InlineData("2023_1_contract01", false)]
    [InlineData("2023_1_contract01", true)]
    [InlineData("wallaby_contract01,2023_1_expand01", false)]
    [InlineData("wallaby_contract01,2024_1_expand01", true)]
    [InlineData("2023_1_contract01,2024_1_expand01", true)]
    [InlineData("2024_1_contract01,2024_1_expand01", true)]
    public async Task An_older_database_is_usable_as_it_is_and_a_sync_brings_it_forward(string revisions, bool keepsTables)
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await AgeAsync(database, keepsTables, revisions.Split(','));
        await database.Images.AddAsync(New(), Cancel);
        (await database.Schema.InspectAsync(Cancel)).Condition.Should().Be(DatabaseCondition.Behind);
        (await database.Images.IsReadyAsync(Cancel)).Should().BeTrue();

        (await database.Schema.SyncAsync(Cancel)).Should().BeTrue();
        (await database.Schema.SyncAsync(Cancel)).Should().BeFalse();

        await ShouldBeAsNewAsync(database);
        (await database.Images.ListAsync(Query, Admin, Cancel)).Should().ContainSingle();
    }

    [Theory]
    [InlineData("CREATE TABLE node_reference")]
    [InlineData("CREATE TABLE cached_images")]
    [InlineData("INSERT INTO alembic_version VALUES ('2024_1_expand01')")]
    [InlineData("UPDATE alembic_version SET version_num = '2024_1_contract01' WHERE version_num = 'wallaby_contract01'")]
    public async Task A_sync_forward_killed_after_any_step_is_completed_by_the_next(string last)
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await AgeAsync(database, keepsTables: false, "wallaby_contract01");
        string[] steps =
        [
            .. GlanceTables.All.Where(table => table.CameWith is not null).SelectMany(DialectOf(database).Create),
            "INSERT INTO alembic_version VALUES ('2024_1_expand01')",
            "UPDATE alembic_version SET version_num = '2024_1_contract01' WHERE version_num = 'wallaby_contract01'",
        ];
        foreach (string step in steps.TakeWhile(step => !Plain(step).StartsWith(last, StringComparison.Ordinal)).Append(steps.First(step => Plain(step).StartsWith(last, StringComparison.Ordinal))))
            await RunAsync(database, step);

        (await database.Schema.SyncAsync(Cancel)).Should().BeTrue();

        await ShouldBeAsNewAsync(database);
    }

    [Fact]
    public async Task Expand_and_contract_are_the_halves_of_a_sync()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await AgeAsync(database, keepsTables: false, "wallaby_contract01");
        await database.Schema.Awaiting(s => s.MigrateAsync(Cancel)).Should().ThrowAsync<FormatException>().WithMessage("*db expand first*");
        await database.Schema.Awaiting(s => s.ContractAsync(Cancel)).Should().ThrowAsync<FormatException>().WithMessage("*has not been expanded*");

        (await database.Schema.ExpandAsync(Cancel)).Should().BeTrue();
        (await database.Schema.ExpandAsync(Cancel)).Should().BeFalse();
        DatabaseState half = await database.Schema.InspectAsync(Cancel);
        await database.Schema.MigrateAsync(Cancel);
        (await database.Schema.ContractAsync(Cancel)).Should().BeTrue();
        (await database.Schema.ContractAsync(Cancel)).Should().BeFalse();

        half.Revisions.Should().BeEquivalentTo("wallaby_contract01", "2024_1_expand01");
        (half.Condition, half.IsExpanded).Should().Be((DatabaseCondition.Behind, true));
        await ShouldBeAsNewAsync(database);
    }

    private static string Plain(string statement) => statement.Replace(" IF NOT EXISTS", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal);

    /// <summary>Makes the tables and takes back what came after Glance 2022.2.</summary>
    /// <param name="keepsTables">Leaves the new tables, as somebody who was killed in between does.</param>
    private static async Task AgeAsync(ImageDatabase database, bool keepsTables, params string[] revisions)
    {
        await database.Schema.SyncAsync(Cancel);
        if (!keepsTables)
        {
            await RunAsync(database, "DROP TABLE cached_images");
            await RunAsync(database, "DROP TABLE node_reference");
        }

        await RunAsync(database, "DELETE FROM alembic_version");
        foreach (string revision in revisions) await RunAsync(database, $"INSERT INTO alembic_version VALUES ('{revision}')");
    }

    private async Task ShouldBeAsNewAsync(ImageDatabase database)
    {
        DatabaseState state = await database.Schema.InspectAsync(Cancel);
        (state.Condition, string.Join(' ', state.Revisions)).Should().Be((DatabaseCondition.Current, "2024_1_contract01"));
        await using ImageDatabase whole = (await EmptyDatabaseAsync())();
        await whole.Schema.SyncAsync(Cancel);
        (await TablesAsync(database)).Should().Equal(await TablesAsync(whole));
    }
}
