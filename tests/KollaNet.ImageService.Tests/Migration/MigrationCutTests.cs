using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Tests.Stores.Live;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Migration;

/// <summary>The network to a store is cut in the middle of a migration.</summary>
public sealed class MigrationCutTests
{
    private const int Images = 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_packets_to_the_new_store_vanish_it_ends_and_images_stay_and_a_run_after_that_finishes()
    {
        await using SwiftServer server = await SwiftServer.StartAsync(1L << 30, Cancel, ownNetwork: true);
        using var swift = new LiveSwift(server);
        await using MovingSite site = await MovingSite.StartAsync(7, ("file", "file", ""), ("swift", "swift", swift.Options));
        for (int i = 0; i < Images; i++) await site.UploadAsync(6_000_000, "file");

        Task<(int Code, string Text)> cut = site.MigrateAsync("file", "swift", Impatient, bytesPerSecond: 6_000_000);
        while ((await swift.ListAsync(Cancel)).Count == 0) cut.IsCompleted.Should().BeFalse();
        await server.Network!.CutAsync(Cancel);
        (int code, string said) = await cut;

        code.Should().Be(1, said);
        said.Should().Contain(" stays in store file: ").And.MatchRegex("[0-9]+ (image was|images were) moved; [0-9]+ stays? in store file: run the same command again.\n$");
        await server.Network.MendAsync(Cancel);
        await site.ShouldBeReadableAsync();

        (code, said) = await site.MigrateAsync("file", "swift");
        code.Should().Be(0, said);
        await site.ShouldAllBeInAsync("swift");
        (await swift.ListAsync(Cancel)).Where(name => name.Length == Guid.NewGuid().ToString().Length).Should().BeEquivalentTo(site.Expected.Keys);
        Directory.GetFiles(Path.Combine(site.Folder.Root, "file")).Should().BeEmpty();
    }

    /// <summary>What takes minutes for an operator takes seconds here.</summary>
    private static GlanceOptions Impatient(GlanceOptions options) =>
        options with { Stores = [.. options.Stores.Select(store => store.Swift is { } swift ? store with { Swift = swift with { Patience = TimeSpan.FromSeconds(2) } } : store)] };
}
