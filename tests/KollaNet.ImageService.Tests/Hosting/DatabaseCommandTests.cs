using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Tests.Peers;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Hosting;

public sealed class DatabaseCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-db-commands-").FullName;

    private string Url => $"sqlite:///{folder}/glance.sqlite";

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("db sync", "db check", "db version", "db purge", "db purge-images-table")]
    [InlineData("db_sync", "db_check", "db_version", "db_purge", "db_purge_images_table")]
    [InlineData("db sync", "db check", "db version", "db purge", "db purge_images_table")]
    public async Task Commands_are_understood_in_both_spellings(string sync, string check, string version, string purge, string purgeImages)
    {
        (await RunAsync(check)).Should().Be((3, "It has none of Glance's tables.\n"));
        (await RunAsync(version)).Should().Be((0, "none\n"));
        (await RunAsync(sync)).Should().Be((0, "The image database is now at 2024_1_contract01.\n"));
        (await RunAsync(sync)).Should().Be((0, "The image database is at 2024_1_contract01; nothing to do.\n"));
        (await RunAsync(check)).Code.Should().Be(0);
        (await RunAsync(version)).Should().Be((0, "2024_1_contract01\n"));
        (await RunAsync($"{purge} --age-in-days 7 --max_rows=-1")).Should()
            .Be((0, "task_info: 0 rows purged\nimage_properties: 0 rows purged\nimage_tags: 0 rows purged\nimage_members: 0 rows purged\nimage_locations: 0 rows purged\ntasks: 0 rows purged\n"));
        (await RunAsync(purgeImages)).Should().Be((0, "images: 0 rows purged\n"));
    }

    [Fact]
    public async Task An_upgrade_in_steps_tells_which_one_is_next()
    {
        await RunAsync("db sync");
        await using (ImageDatabase database = ImageDatabase.Open(Url))
        {
            foreach (string sql in (string[])["DROP TABLE cached_images", "DROP TABLE node_reference", "UPDATE alembic_version SET version_num = 'wallaby_contract01'"]) await database.SingleAsync(sql);
        }

        (await RunAsync("db check")).Code.Should().Be(3);
        await FluentActions.Awaiting(() => RunAsync("db contract")).Should().ThrowAsync<FormatException>().WithMessage("*db expand first*");
        (await RunAsync("db expand")).Text.Should().Be("The image database is now at 2024_1_expand01 and wallaby_contract01.\n");
        (await RunAsync("db check")).Code.Should().Be(5);
        (await RunAsync("db migrate")).Code.Should().Be(0);
        (await RunAsync("db contract")).Text.Should().Be("The image database is now at 2024_1_contract01.\n");
        (await RunAsync("db check")).Code.Should().Be(0);
    }

    [Fact]
    public async Task Purging_uses_ages_of_its_own_for_ids_and_spares_what_is_younger()
    {
        await RunAsync("db sync");
        await using (ImageDatabase database = ImageDatabase.Open(Url))
        {
            foreach (int days in (int[])[20, 40, 200])
            {
                await database.SingleAsync($"""
                    INSERT INTO images (id, status, created_at, deleted_at, deleted, min_disk, min_ram)
                    VALUES ('{days}', 'deleted', datetime('now', '-{days} days'), datetime('now', '-{days} days'), 1, 0, 0)
                    """);
                await database.SingleAsync($"INSERT INTO image_tags (image_id, value, created_at, deleted_at, deleted) VALUES ('{days}', 't', datetime('now'), datetime('now', '-{days} days'), 1)");
            }
        }

        (await RunAsync("db purge")).Text.Should().Contain("image_tags: 2 rows purged");
        (await RunAsync("db purge-images-table")).Text.Should().Be("images: 1 row purged\n");
        (await RunAsync("db purge-images-table --age-in-days 30")).Text.Should().Be("images: 1 row purged\n");
        (await RunAsync("db purge-images-table --age-in-days 0")).Text.Should().Be("images: 0 rows purged\n", "a tag still refers to the last one");
    }

    [Theory]
    [InlineData("--age-in-days -1", "not a number of days")]
    [InlineData("--age-in-days x", "not a number of days")]
    [InlineData("--age-in-days 50000", "before 1970")]
    [InlineData("--age-in-days 2000000000", "before 1970")]
    [InlineData("--max-rows -2", "or -1 for all")]
    public async Task Numbers_that_make_no_sense_are_refused(string option, string why) =>
        await FluentActions.Awaiting(() => RunAsync($"db purge {option}")).Should().ThrowAsync<FormatException>().WithMessage($"*{why}*");

    [Fact]
    public async Task A_file_that_is_no_database_is_exit_code_2_and_stays_as_it_is()
    {
        string file = Path.Combine(folder, "glance.sqlite"), text = string.Concat(Enumerable.Repeat("These are notes and no database. ", 100));
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        (int code, string said) = await RunAsync("db check");
        (code, said.StartsWith("It is no database", StringComparison.Ordinal)).Should().Be((2, true));
        await FluentActions.Awaiting(() => RunAsync("db sync")).Should().ThrowAsync<DatabaseRefusedException>();
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Should().Be(text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_without_tables_leads_to_db_sync(bool inMariaDb)
    {
        string url = inMariaDb ? await (await MariaDbServer.StartedAsync(TestContext.Current.CancellationToken)).NewDatabaseAsync("empty", TestContext.Current.CancellationToken) : Url;
        foreach (string command in (string[])["images list", "scrub", "images migrate --from one --to two"])
        {
            Exception? failure = await Record.ExceptionAsync(() => RunAsync(command, url));
            Failures.Describe(failure!).Should().StartWith("The image database is not ready.\n  Why:  ").And.EndWith("  Next: run kollanet-image db sync, then this again.", command);
        }

        (await RunAsync("stores check --keep one", url)).Text.Should().Contain("run kollanet-image db sync");
        foreach (string command in (string[])["fsck", "images verify"])
        {
            await using ServiceProcess program = ServiceProcess.Run(Path.Combine(folder, "glance-api.conf"), command.Split(' '));
            (await program.EndedAsync()).Should().Be(2);
            program.Output.Should().Contain("run kollanet-image db sync");
        }
    }

    private async Task<(int Code, string Text)> RunAsync(string command, string? url = null)
    {
        string conf = Path.Combine(folder, "glance-api.conf");
        await File.WriteAllTextAsync(conf, $"""
            [DEFAULT]
            enabled_backends = one:file, two:file
            [glance_store]
            default_backend = one
            [one]
            filesystem_store_datadir = {folder}/one
            [two]
            filesystem_store_datadir = {folder}/two
            [os_glance_staging_store]
            filesystem_store_datadir = {folder}/staging
            [database]
            connection = {url ?? Url}

            """, TestContext.Current.CancellationToken);
        using StringWriter output = new() { NewLine = "\n" };
        int code = await CommandLine.RunAsync([.. command.Split(' '), "--config-file", conf], output);
        return (code, output.ToString());
    }
}
