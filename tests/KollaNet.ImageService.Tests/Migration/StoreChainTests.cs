using KollaNet.ImageService.Tests.Hosting;
using KollaNet.ImageService.Tests.Stores.Live;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Migration;

/// <summary>Images go from files to Swift, to Ceph, to S3 and back to files, while clients upload, download and delete, and migrations are killed.</summary>
public sealed class StoreChainTests
{
    private const int Seed = 4, Kills = 2;

    /// <summary>A few hundred with <c>KOLLANET_CHAIN_IMAGES=300</c>; the fewer of CI go the same ways.</summary>
    private static readonly int Images = int.TryParse(Environment.GetEnvironmentVariable("KOLLANET_CHAIN_IMAGES"), out int many) ? many : 40;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Round_through_every_store_no_byte_is_lost()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        LiveCeph ceph = await LiveCeph.NewPoolAsync(await CephServer.StartedAsync(Cancel), Cancel);
        using var swift = new LiveSwift(server);
        var s3 = new LiveS3(new Uri(server.Url), server.User, server.Key);
        await using MovingSite site = await MovingSite.StartAsync(Seed, [("file", "file", ""), ("swift", "swift", swift.Options), ("rbd", "rbd", ceph.Options), ("s3", "s3", s3.Options)]);
        var random = new Random(Seed);
        for (int i = 0; i < Images; i++) await site.UploadAsync(SizeOf(i, random), "file");

        (string Id, Func<Task<IReadOnlyList<string>>> Left)[] ways =
        [
            ("file", () => Task.FromResult<IReadOnlyList<string>>(Directory.GetFiles(Path.Combine(site.Folder.Root, "file")))),
            ("swift", () => swift.ListAsync(Cancel)),
            ("rbd", () => ceph.ListAsync(Cancel)),
            ("s3", () => s3.ListAsync(Cancel)),
        ];
        for (int i = 0; i < ways.Length; i++) await MoveAsync(site, ways[i].Id, ways[(i + 1) % ways.Length].Id, random, ways[i].Left);

        await site.ShouldAllBeInAsync("file");
    }

    private static async Task MoveAsync(MovingSite site, string from, string to, Random random, Func<Task<IReadOnlyList<string>>> left)
    {
        using var stop = new CancellationTokenSource();
        string[] open = [from, to];
        Task load = site.UseAsync(() => open, stop.Token);
        for (int round = 0; round < Kills; round++)
        {
            await using ServiceProcess killed = await site.BeginMigrationAsync(from, to, "--limit-rate", "20M");
            await Task.Delay(random.Next(0, 1500), Cancel);   // Where the kill hits is the chance that this test is about.
            await killed.KillAsync();
            load.IsFaulted.Should().BeFalse("{0} to {1}: {2}", from, to, load.Exception);
        }

        open = [to];   // As a store that is being emptied takes no new images.
        (int code, string said) = await site.MigrateAsync(from, to);
        await stop.CancelAsync();
        await load;
        code.Should().Be(0, said);
        // Ceph holds on to what a killed process had open for half a minute; what could not be removed for that, a later look removes.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (!patience.IsCancellationRequested && ((await site.RunAsync("images", "verify")).Code != 0 || (from == "rbd" && (await left()).Count > 0)))
        {
            (code, said) = await site.MigrateAsync(from, to);
            code.Should().Be(0, said);
        }

        await site.ShouldAllBeInAsync(to);
        (await left()).Should().BeEmpty("store {0} was left", from);
    }

    /// <summary>Mostly small, one in twenty of a few tens of MiB, an empty one.</summary>
    private static int SizeOf(int number, Random random) => number == 0 ? 0 : number % 20 == 1 ? random.Next(20 << 20, 40 << 20) : random.Next(1, 300_000);
}
