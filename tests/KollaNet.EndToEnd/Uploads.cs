using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>Uploads that go wrong: the right answer, no partial image visible, and the next attempt works.</summary>
[Collection(WholeSiteCollection.Name)]
public sealed class Uploads(WholeSite whole)
{
    private readonly byte[] disk = RandomNumberGenerator.GetBytes(3_000_000);

    private TestSite Site => whole.Site;

    [Fact]
    public async Task An_upload_that_is_cut_half_way_leaves_the_image_queued_and_free_to_upload_again()
    {
        using ImageApi api = await ImageApi.WithTokenAsync(Site);
        string id = await api.CreateAsync("cut");
        using (TcpClient upload = await api.BeginUploadAsync(id, disk.Length, disk[..(disk.Length / 2)]))
            await TestSite.UntilAsync("the upload has begun", async () => await api.FindStatusAsync(id) == "saving");

        await ShouldBeQueuedAndWorkAsync(api, id);
    }

    [Fact]
    public async Task An_upload_during_which_the_service_restarts_leaves_the_image_queued_and_free_to_upload_again()
    {
        using ImageApi api = await ImageApi.WithTokenAsync(Site);
        string id = await api.CreateAsync("restarted");
        using (TcpClient upload = await api.BeginUploadAsync(id, disk.Length, disk[..(disk.Length / 2)]))
        {
            await TestSite.UntilAsync("the upload has begun", async () => await api.FindStatusAsync(id) == "saving");
            await Site.Engine.RestartContainerAsync(Site.Prefix + "glance_api", TimeSpan.FromSeconds(5), TestSite.Cancel);
        }

        await ShouldBeQueuedAndWorkAsync(api, id);
    }

    [Fact]
    public async Task An_upload_larger_than_the_cap_is_refused_with_413()
    {
        using ImageApi api = await ImageApi.WithTokenAsync(Site);
        string id = await api.CreateAsync("large");

        using HttpResponseMessage refused = await api.UploadAsync(id, new byte[WholeSite.SizeCapBytes + 1]);

        refused.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        await ShouldBeQueuedAndWorkAsync(api, id);
    }

    [Fact]
    public async Task An_upload_of_another_content_type_is_refused_with_415()
    {
        using ImageApi api = await ImageApi.WithTokenAsync(Site);
        string id = await api.CreateAsync("typed");

        using HttpResponseMessage refused = await api.UploadAsync(id, disk, "application/json");

        refused.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        await ShouldBeQueuedAndWorkAsync(api, id);
    }

    private async Task ShouldBeQueuedAndWorkAsync(ImageApi api, string id)
    {
        await TestSite.UntilAsync("the image is queued again", async () => await api.FindStatusAsync(id) == "queued");
        (await Site.ImageFilesAsync()).Select(Path.GetFileName).Should().NotContain(id);
        using HttpResponseMessage good = await api.UploadAsync(id, disk);
        good.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await api.FindStatusAsync(id)).Should().Be("active");
        (await api.DownloadAsync(id)).Should().Equal(disk);
        await api.DeleteAsync(id);
        (await Site.ImageFilesAsync()).Should().NotContain(path => path.Contains(id));
    }
}
