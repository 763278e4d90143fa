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
        (await Site.RunAsync("images", "migrate", "--from", "file", "--to", "archive")).ShouldSucceed().ShouldSay("1 image was moved.");
        (await Site.RunAsync("images", "list", "--store", "archive")).ShouldSucceed().ShouldSay(id);
        (await Site.RunAsync("images", "verify")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldHaveChangedNothing();
        (await api.DownloadAsync(id)).Should().Equal(disk);

        // A stopped service is asked, too.
        File.Delete(Override);
        await Site.Engine.StopContainerAsync(Site.Prefix + "glance_api", TimeSpan.FromSeconds(30), TestSite.Cancel);
        (await Site.RunAsync("plan")).ShouldExitWith(2).ShouldSay("lives in store archive, which stays on");
        Configure("archive:file");
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        await api.DeleteAsync(id);
        File.Delete(Override);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
    }

    [Fact]
    public async Task One_edit_that_makes_another_store_the_default_keeps_the_old_one_until_its_images_are_moved()
    {
        byte[] disk = RandomNumberGenerator.GetBytes(3_000_000), other = RandomNumberGenerator.GetBytes(1000);
        using ImageApi api = ImageApi.WithPassword(Site);
        string old = await api.CreateAsync("from before"), young = await api.CreateAsync("from after");
        (await api.UploadAsync(old, disk)).StatusCode.Should().Be(HttpStatusCode.NoContent);

        Configure("archive:file");
        const string Stays = "1 image (2.9 MiB) lives in store file, which stays on until it is empty and takes no new ones; move it with: kollanet images migrate --from file --to archive";
        (await Site.RunAsync("plan")).ShouldExitWith(2).ShouldSay(Stays, "store file holds 1 image (2.9 MiB)", "new images go to store archive");
        (await Site.RunAsync("reconfigure")).ShouldSucceed().ShouldSay(Stays);
        Backends().Should().Be("archive:file, file:file");
        (await Site.RunAsync("reconfigure")).ShouldHaveChangedNothing().ShouldSay(Stays);

        (await api.DownloadAsync(old)).Should().Equal(disk);
        (await api.UploadAsync(young, other)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await Site.RunAsync("images", "list", "--store", "archive")).ShouldSucceed().ShouldSay(young).Output.Should().NotContain(old);
        (await Site.RunAsync("images", "migrate", "--from", "file", "--to", "archive")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldSucceed().ShouldSay("store archive holds 2 images", "store file is empty and is switched off");
        Backends().Should().Be("archive:file");
        (await Site.RunAsync("reconfigure")).ShouldHaveChangedNothing();
        (await api.DownloadAsync(old)).Should().Equal(disk);
        (await api.DownloadAsync(young)).Should().Equal(other);

        foreach (string id in (string[])[old, young]) await api.DeleteAsync(id);
        File.Delete(Override);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
    }

    private string Backends() => File.ReadLines(Path.Combine(Site.ConfigFolder, "node", "glance-api", "glance-api.conf")).Single(line => line.StartsWith("enabled_backends", StringComparison.Ordinal)).Split('=')[1].Trim();

    private void Configure(string backends)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Override)!);
        File.WriteAllText(Override, $"[DEFAULT]\nenabled_backends = {backends}\n[glance_store]\ndefault_backend = archive\n[archive]\nfilesystem_store_datadir = /var/lib/glance/archive\n");
    }
}
