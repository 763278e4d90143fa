using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>A real Glance's site is taken over, handed back, taken over again: nothing is lost and nothing looks different.</summary>
public sealed class SwapTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_site_goes_back_and_forth_and_both_serve_the_same()
    {
        await using SwapSite site = await SwapSite.StartAsync();
        await site.Server.Server.DisposeAsync();
        SwapWork work = new();
        await work.DoRoundAsync(site.Peer);
        SiteSnapshot before = await SiteSnapshot.TakeAsync(site.Peer);

        // At the real Glance's own revision first, then brought forward: it serves that, too.
        foreach (bool syncs in (bool[])[false, true])
        {
            await site.HandToUsAsync(syncs);
            (await SiteSnapshot.TakeAsync(site.Ours)).ShouldBe(before);
            (await site.Server.Server.Database.Schema.InspectAsync(Cancel)).Condition.Should().Be(syncs ? DatabaseCondition.Current : DatabaseCondition.Behind);
            await work.DoRoundAsync(site.Ours);
            SiteSnapshot ours = await SiteSnapshot.TakeAsync(site.Ours);

            await site.HandToPeerAsync();
            (await SiteSnapshot.TakeAsync(site.Peer)).ShouldBe(ours);
            await work.DoRoundAsync(site.Peer);
            before = await SiteSnapshot.TakeAsync(site.Peer);
        }

        await site.HandToUsAsync(syncs: false);
        (await SiteSnapshot.TakeAsync(site.Ours)).ShouldBe(before);
        string[] files = [.. Directory.GetFiles(site.Server.ImagesFolder).Select(file => Path.GetFileName(file)!)];
        files.Should().NotIntersectWith(work.Deleted).And.NotBeEmpty();
        Directory.GetFiles(site.Server.StagingFolder).Should().BeEmpty();
    }
    [Fact]
    public async Task Encrypted_and_shown_locations_mean_the_same_to_both()
    {
        await using SwapSite site = await SwapSite.StartAsync("show_multiple_locations = true\nshow_image_direct_url = true\nmetadata_encryption_key = sixteen bytes...");
        SwapWork work = new();
        await work.DoRoundAsync(site.Peer);
        (await SiteSnapshot.TakeAsync(site.Ours)).ShouldBe(await SiteSnapshot.TakeAsync(site.Peer));
        await work.DoRoundAsync(site.Ours);
        (await SiteSnapshot.TakeAsync(site.Peer)).ShouldBe(await SiteSnapshot.TakeAsync(site.Ours));
        await work.DoRoundAsync(site.Peer);

        (await site.Server.Server.Database.SingleAsync("SELECT COUNT(*) FROM image_locations WHERE value LIKE '%file:%'")).Should().Be("0");
        Directory.GetFiles(site.Server.ImagesFolder).Select(file => Path.GetFileName(file)!).Should().NotIntersectWith(work.Deleted).And.NotBeEmpty();
    }
}
