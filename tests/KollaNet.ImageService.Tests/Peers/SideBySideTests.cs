namespace KollaNet.ImageService.Tests.Peers;

/// <summary>Our service and a real Glance run at the same time.</summary>
public sealed class SideBySideTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_work_on_one_database_and_one_folder_at_once(bool forward)
    {
        await using SwapSite site = await SwapSite.StartAsync();
        if (forward) await site.Server.Server.Database.Schema.SyncAsync(TestContext.Current.CancellationToken);
        Crowd crowd = new(site.Ours, site.Peer);

        await crowd.WorkAsync(people: 4, imagesEach: 3);
        await crowd.RaceUploadsAsync(images: 5);

        await crowd.ShouldAgreeAsync(site.Server.ImagesFolder);
    }
}
