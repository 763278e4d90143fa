using System.Net;
using System.Security.Cryptography;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>From one store to another with edits and commands, without losing an image. Two file stores stand for any two.</summary>
[Collection(SmallSiteCollection.Name)]
public sealed class StoreSwitching(SmallSite small)
{
    private TestSite Site => small.Site;

    private string Override => Path.Combine(Site.ConfigFolder, "config", "glance", "glance-api.conf");

    [Fact]
    public async Task A_store_with_images_cannot_be_switched_off_until_they_are_moved()
    {
        byte[] disk = RandomNumberGenerator.GetBytes(3_000_000);
        using ImageApi api = ImageApi.WithPassword(Site);
        string id = await api.CreateAsync("wanderer");
        (await api.UploadAsync(id, disk)).StatusCode.Should().Be(HttpStatusCode.NoContent);

        Configure("file:file, archive:file");
        (await Site.RunAsync("plan")).ShouldExitWith(2).ShouldSay("store file holds 1 image (2.9 MiB)", "new images go to store archive");
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        (await api.DownloadAsync(id)).Should().Equal(disk);

        Configure("archive:file");
        foreach (string command in (string[])["plan", "reconfigure", "genconfig"])
        {
            (await Site.RunAsync(command)).ShouldExitWith(1)
                .ShouldSay("1 image (2.9 MiB) lives in store file, which would be switched off; move it with: kollanet images migrate --from file --to archive");
        }

        (await api.DownloadAsync(id)).Should().Equal(disk);
        (await Site.RunAsync("images", "migrate", "--from", "file", "--to", "archive")).ShouldSucceed().ShouldSay("1 images were moved.");
        (await Site.RunAsync("images", "list", "--store", "archive")).ShouldSucceed().ShouldSay(id);
        (await Site.RunAsync("images", "verify")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldHaveChangedNothing();
        (await api.DownloadAsync(id)).Should().Equal(disk);

        // A stopped service is asked, too.
        File.Delete(Override);
        await Site.Engine.StopContainerAsync(Site.Prefix + "glance_api", TimeSpan.FromSeconds(30), TestSite.Cancel);
        (await Site.RunAsync("reconfigure")).ShouldExitWith(1).ShouldSay("lives in store archive");
        Configure("archive:file");
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        await api.DeleteAsync(id);
        File.Delete(Override);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
    }

    private void Configure(string backends)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Override)!);
        File.WriteAllText(Override, $"[DEFAULT]\nenabled_backends = {backends}\n[glance_store]\ndefault_backend = archive\n[archive]\nfilesystem_store_datadir = /var/lib/glance/archive\n");
    }
}
