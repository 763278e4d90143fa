using System.Collections.Immutable;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Tests.Hosting;

namespace KollaNet.ImageService.Tests.Migration;

/// <summary>Images move from one store to another while the service is used.</summary>
public sealed class MigrationTests : IAsyncLifetime
{
    private const int Seed = 20261125, Images = 40, Kills = 5;
    private static readonly string[] FromFastToCheap = ["images", "migrate", "--from", "fast", "--to", "cheap"];

    private readonly Random random = new(Seed);
    private MovingSite site = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => site = await MovingSite.StartAsync(Seed, ("fast", "file", ""), ("cheap", "file", ""));

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Fact]
    public async Task Killed_again_and_again_under_load_every_image_stays_readable_and_a_last_run_finishes()
    {
        for (int i = 0; i < Images; i++) await site.UploadAsync(random.Next(1, 2_000_000), "fast");

        using var stop = new CancellationTokenSource();
        Task load = site.UseAsync(() => ["fast"], stop.Token);
        for (int round = 0; round < Kills; round++)
        {
            await using ServiceProcess migration = await site.BeginMigrationAsync("fast", "cheap", "--limit-rate", "20M");
            await Task.Delay(random.Next(0, 400), Cancel);   // Where the kill hits is the chance that this test is about.
            await migration.KillAsync();
            load.IsFaulted.Should().BeFalse(load.Exception?.ToString());
        }

        await stop.CancelAsync();
        await load;
        (int code, string said) = await site.MigrateAsync("fast", "cheap");

        code.Should().Be(0, said);
        await site.ShouldAllBeInAsync("cheap");
        (await site.RunAsync("images", "list", "--store", "fast")).Should().Be((0, ""));
        FilesIn("fast").Should().BeEmpty();
        (await site.RunAsync("stores", "check", "--keep", "cheap", "--default", "cheap")).Code.Should().Be(0);
    }

    [Fact]
    public async Task Interrupted_it_drops_what_is_on_its_way_and_the_next_run_goes_on_at_once()
    {
        for (int i = 0; i < 12; i++) await site.UploadAsync(1_000_000, "fast");
        await using ServiceProcess migration = await site.BeginMigrationAsync("fast", "cheap", "--limit-rate", "2M", "--parallel", "3");
        await WaitForAsync(() => FilesIn("cheap").Length > 1);
        await migration.SignalAsync("INT");

        (await migration.EndedAsync()).Should().Be(130, migration.Output);
        migration.Output.Should().MatchRegex("stopped; [0-9]+ images? (was|were) moved. The same command goes on from there.");
        string[] arrived = [.. FilesIn("fast").Intersect(FilesIn("cheap"))];
        arrived.Should().HaveCountLessThanOrEqualTo(3);
        FilesIn("fast").Union(FilesIn("cheap")).Should().BeEquivalentTo(site.Expected.Keys, "nothing half-written is left");
        await site.ShouldBeReadableAsync();

        (int code, string said) = await site.RunAsync(FromFastToCheap);
        code.Should().Be(0, said);
        await site.ShouldAllBeInAsync("cheap");
        FilesIn("fast").Should().BeEmpty();
    }

    [Fact]
    public async Task A_dry_run_moves_nothing_and_damaged_data_stays_where_it_is()
    {
        string good = await site.UploadAsync(1000, "fast"), bad = await site.UploadAsync(2000, "fast"), other = await site.UploadAsync(3000, "fast");
        (await site.RunAsync([.. FromFastToCheap, "--dry-run"])).Should().Be((0, "3 images (5.9 KiB) would be moved from store fast to store cheap\n"));
        FilesIn("fast").Should().HaveCount(3);

        (await site.RunAsync([.. FromFastToCheap, "--image", other])).Text.Should().EndWith("1 image was moved.\n");
        await File.WriteAllBytesAsync(Path.Combine(site.Folder.Root, "fast", bad), new byte[2000], Cancel);
        (int code, string said) = await site.RunAsync(FromFastToCheap);

        code.Should().Be(1);
        said.Should().Contain($"image {bad} () stays in store fast: the copy differs from what the image was").And.EndWith("1 image was moved; 1 stays in store fast: run the same command again.\n");
        FilesIn("fast").Should().Equal(bad);
        FilesIn("cheap").Should().BeEquivalentTo(good, other);
        (await site.RunAsync("images", "verify")).Code.Should().Be(1);
    }

    [Fact]
    public async Task A_copy_from_before_is_read_before_the_other_one_goes()
    {
        string damaged = await site.UploadAsync(2000, "fast"), whole = await site.UploadAsync(1000, "fast");
        foreach (string id in (string[])[damaged, whole])
        {
            string before = Path.Combine(site.Folder.Root, "fast", id), copy = Path.Combine(site.Folder.Root, "cheap", id);
            File.Copy(before, copy);
            await using ImageDatabase database = ImageDatabase.Open(site.Folder.Connection);
            await database.Images.ChangeAsync(id, image => Task.FromResult(image with { Locations = image.Locations.Add(new ImageLocation(0, $"file://{copy}", ImmutableSortedDictionary<string, string>.Empty.Add("store", "cheap"))) }), Cancel);
        }

        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(site.Folder.Root, "cheap", damaged), Cancel);
        bytes[77] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(site.Folder.Root, "cheap", damaged), bytes, Cancel);
        (int code, string said) = await site.RunAsync(FromFastToCheap);

        code.Should().Be(1);
        said.Should().Contain($"image {damaged} () stays in store fast: its copy in store cheap differs from what the image was; remove that one").And.EndWith("1 image was moved; 1 stays in store fast: run the same command again.\n");
        FilesIn("fast").Should().Equal(damaged);
        FilesIn("cheap").Should().BeEquivalentTo(whole, damaged);
    }

    [Fact]
    public async Task When_nothing_works_any_more_it_does_not_try_every_image()
    {
        for (int i = 0; i < 30; i++) await site.UploadAsync(100, "fast");
        foreach (string file in FilesIn("fast")) await File.WriteAllBytesAsync(Path.Combine(site.Folder.Root, "fast", file), new byte[100], Cancel);

        (int code, string said) = await site.RunAsync(FromFastToCheap);

        code.Should().Be(1);
        said.Should().EndWith("0 images were moved; the rest stays in store fast, as nothing works any more: run the same command again when it does.\n");
        said.Split("stays in store fast: the copy").Should().HaveCountLessThan(30);
    }

    [Theory]
    [InlineData("images migrate needs --from STORE and --to STORE.", "--from", "fast")]
    [InlineData("--to: there is no store nowhere; configured are fast, cheap.", "--from", "fast", "--to", "nowhere")]
    [InlineData("--from and --to name the same store.", "--from", "fast", "--to", "fast")]
    [InlineData("--limit-rate: 'fast' is not a number of bytes per second, such as 50M.", "--from", "fast", "--to", "cheap", "--limit-rate", "fast")]
    [InlineData("--parallel: '0' is not a number of images from 1 to 64.", "--from", "fast", "--to", "cheap", "--parallel", "0")]
    [InlineData("--image: there is no image 42 with data in store fast.", "--from", "fast", "--to", "cheap", "--image", "42")]
    public async Task What_makes_no_sense_is_refused(string why, params string[] arguments) =>
        await FluentActions.Awaiting(() => site.RunAsync(["images", "migrate", .. arguments])).Should().ThrowAsync<FormatException>().WithMessage(why);

    [Fact]
    public async Task Nothing_is_moved_to_a_store_that_is_being_emptied()
    {
        await File.AppendAllTextAsync(site.Folder.ConfigFile, "\n[DEFAULT]\nretiring_backends = cheap\n", Cancel);
        await FluentActions.Awaiting(() => site.RunAsync(FromFastToCheap)).Should().ThrowAsync<FormatException>().WithMessage("--to: store cheap takes no new images, because it is being emptied.");
    }

    private static async Task WaitForAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (!holds()) await Task.Delay(20, patience.Token);
    }

    private string[] FilesIn(string store) => Directory.Exists(Path.Combine(site.Folder.Root, store)) ? [.. Directory.GetFiles(Path.Combine(site.Folder.Root, store)).Select(path => Path.GetFileName(path))] : [];
}
