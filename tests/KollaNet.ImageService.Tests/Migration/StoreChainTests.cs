using KollaNet.ImageService.Tests.Hosting;
using KollaNet.ImageService.Tests.Stores.Live;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Migration;

/// <summary>Images go from files to Swift, to Ceph, to S3 and back to files, while clients upload, download and delete, and migrations are killed.</summary>
public sealed class StoreChainTests
{
    private const int Seed = 4, Kills = 2;

    /// <summary>Kills on the ways to and from Ceph: it holds on to what a killed process had open, and another process counts it as dead only after a minute, so that each such way takes minutes.</summary>
    private static readonly int KillsAtCeph = int.TryParse(Environment.GetEnvironmentVariable("KOLLANET_CHAIN_KILLS"), out int kills) ? kills : 0;

    /// <summary>A few hundred with <c>KOLLANET_CHAIN_IMAGES=300</c>; the fewer of CI go the same ways.</summary>
    private static readonly int Images = int.TryParse(Environment.GetEnvironmentVariable("KOLLANET_CHAIN_IMAGES"), out int many) ? many : 40;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Round_through_every_store_no_byte_is_lost()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        CephServer cluster = await CephServer.StartedAsync(Cancel);
        using var swift = new LiveSwift(server);
        LiveCeph ceph = await LiveCeph.NewPoolAsync(cluster, Cancel);
        var s3 = new LiveS3(new Uri(server.Url), server.User, server.Key);
        await using MovingSite site = await MovingSite.StartAsync(Seed, ("file", "file", ""), ("swift", "swift", swift.Options), ("rbd", "rbd", ceph.Options), ("s3", "s3", s3.Options));
        var random = new Random(Seed);
        for (int i = 0; i < Images; i++) await site.UploadAsync(SizeOf(i, random), "file");

        (string From, string To, Func<Task<IReadOnlyList<string>>> Left)[] ways =
        [
            ("file", "swift", () => Task.FromResult<IReadOnlyList<string>>(Directory.GetFiles(Path.Combine(site.Folder.Root, "file")))),
            ("swift", "rbd", () => swift.ListAsync(Cancel)),
            ("rbd", "s3", () => ceph.ListAsync(Cancel)),
            ("s3", "file", () => s3.ListAsync(Cancel)),
        ];
        foreach ((string from, string to, Func<Task<IReadOnlyList<string>>> left) in ways)
        {
            // Inside this process by a clock that makes those that were killed count as dead at once; Ceph's library wants to begin and end with its process.
            bool byCeph = from == "rbd" || to == "rbd";
            await MoveAsync(
                site, from, to, random, byCeph ? KillsAtCeph : Kills, left, () => byCeph ? site.RunOutsideAsync("images", "migrate", "--from", from, "--to", to) : site.MigrateAsync(from, to));
        }

        await site.ShouldAllBeInAsync("file");
    }

    private static async Task MoveAsync(MovingSite site, string from, string to, Random random, int kills, Func<Task<IReadOnlyList<string>>> left, Func<Task<(int Code, string Text)>> migrate)
    {
        using var stop = new CancellationTokenSource();
        string[] open = [from, to];
        Task load = site.UseAsync(() => open, stop.Token);
        for (int round = 0; round < kills; round++)
        {
            await using ServiceProcess killed = await site.BeginMigrationAsync(from, to, "--limit-rate", "20M");
            await Task.Delay(random.Next(0, 1500), Cancel);   // Where the kill hits is the chance that this test is about.
            await killed.KillAsync();
            load.IsFaulted.Should().BeFalse("{0} to {1}: {2}", from, to, load.Exception);
        }

        open = [to];   // As a store that is being emptied takes no new images.
        await UntilDoneAsync(migrate);
        await stop.CancelAsync();
        await load;
        await UntilDoneAsync(async () =>
        {
            await UntilDoneAsync(migrate);   // What clients uploaded meanwhile, and what a backend did not let go of yet.
            return await left() is { Count: > 0 } some ? (1, $"store {from} still has {string.Join(", ", some)}") : await site.RunOutsideAsync("images", "verify");
        });
        await site.ShouldAllBeInAsync(to);
    }

    /// <summary>Repeats a command that could not do everything, as an operator would.</summary>
    private static async Task UntilDoneAsync(Func<Task<(int Code, string Text)>> command)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(4));
        (int code, string said) = await command();
        while (code != 0 && !patience.IsCancellationRequested) (code, said) = await command();
        code.Should().Be(0, said);
    }

    /// <summary>Mostly small, one in twenty of a few tens of MiB, an empty one.</summary>
    private static int SizeOf(int number, Random random) => number == 0 ? 0 : number % 20 == 1 ? random.Next(20 << 20, 40 << 20) : random.Next(1, 300_000);
}
