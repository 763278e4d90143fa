using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using KollaNet.EndToEnd.Sites;
using KollaNet.TestHost;

namespace KollaNet.EndToEnd;

/// <summary>A backend is tried from where the service will run before anything changes.</summary>
[Collection(SmallSiteCollection.Name)]
public sealed class Preflights(SmallSite small)
{
    private TestSite Site => small.Site;

    [Fact]
    public async Task A_backend_that_cannot_be_used_is_refused_while_the_service_goes_on_and_a_good_one_is_taken()
    {
        SwiftServer cloud = await SwiftServer.StartedAsync(TestSite.Cancel);
        byte[] disk = RandomNumberGenerator.GetBytes(1_000_000);
        using ImageApi api = ImageApi.WithPassword(Site);
        string id = await api.CreateAsync("stayer");
        (await api.UploadAsync(id, disk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        IReadOnlyDictionary<string, string> before = await Site.SnapshotAsync();
        ImmutableArray<string> names = await Site.NamesAsync();

        UseS3(cloud, "wr0ng-secret");
        foreach (string command in (string[])["prechecks", "reconfigure"])
        {
            CliResult refused = (await Site.RunAsync(command)).ShouldExitWith(1)
                .ShouldSay("store s3: an object could not be written", "SignatureDoesNotMatch", "correct s3_store_access_key and s3_store_secret_key", "store file: an object was written, read and deleted");
            refused.Output.Should().NotContain("wr0ng-secret");
        }

        (await Site.SnapshotAsync()).Should().BeEquivalentTo(before);
        (await Site.NamesAsync()).Should().Equal(names);
        File.ReadAllText(Path.Combine(Site.ConfigFolder, "node", "glance-api", "glance-api.conf")).Should().NotContain("[s3]");
        (await api.DownloadAsync(id)).Should().Equal(disk);

        UseS3(cloud, cloud.Key);
        (await Site.RunAsync("prechecks")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldHaveChangedNothing();
        (await api.DownloadAsync(id)).Should().Equal(disk);

        await api.DeleteAsync(id);
        Site.WriteGlobals(SmallSite.WithoutKeystone);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
    }

    [Fact]
    public async Task A_volume_that_the_kernel_cannot_mount_is_told_and_the_service_goes_on()
    {
        bool hasNfs = File.ReadLines("/proc/filesystems").Any(line => line.EndsWith("nfs4", StringComparison.Ordinal));
        IReadOnlyDictionary<string, string> before = await Site.SnapshotAsync();
        // Nobody listens there: a kernel that has NFS is refused.
        Site.WriteGlobals(SmallSite.WithoutKeystone, "glance_file_datadir_volume: nas", "docker_volume_options: {nas: {type: nfs, o: \"addr=127.0.0.1,port=1,rw,nfsvers=4.1,soft,timeo=10,retrans=1\", device: \":/images\"}}");

        CliResult checks = (await Site.RunAsync("prechecks")).ShouldExitWith(1).ShouldSay("preflight of ", "failed to mount local volume");
        if (!hasNfs) checks.ShouldSay("NFS in the kernel: is neither in /proc/filesystems nor a module", "no such device", "the host's kernel knows no file system of that type");
        (await Site.NamesAsync()).Should().NotContain(name => name.Contains("nas", StringComparison.Ordinal) || name.Contains("preflight", StringComparison.Ordinal));
        (await Site.RunAsync("reconfigure")).ShouldExitWith(1).ShouldSay("failed to mount local volume", "glance_api and its files are as they were");

        (await Site.SnapshotAsync()).Should().BeEquivalentTo(before);
        Site.WriteGlobals(SmallSite.WithoutKeystone);
        (await Site.RunAsync("reconfigure")).ShouldHaveChangedNothing();
    }

    [Fact]
    public async Task Images_go_to_the_folder_with_the_highest_priority_and_a_folder_that_is_not_mounted_is_refused()
    {
        byte[] disk = RandomNumberGenerator.GetBytes(1_000_000);
        using ImageApi api = ImageApi.WithPassword(Site);
        string old = await api.CreateAsync("old"), id = await api.CreateAsync("new");
        (await api.UploadAsync(old, disk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        string folder = Path.Combine(Site.ConfigFolder, "nas");
        Directory.CreateDirectory(folder);

        Site.WriteGlobals(SmallSite.WithoutKeystone, $"glance_file_datadirs: [{{name: slow, volume: slow, priority: 5}}, {{name: nas, volume: \"{folder}\", filesystem: nfs}}]");
        foreach (string command in (string[])["prechecks", "reconfigure"])
            (await Site.RunAsync(command)).ShouldExitWith(1).ShouldSay("store file: cannot be opened", "at /var/lib/glance-images/nas there is ", "not the file system of type nfs that should be mounted there");
        Directory.GetFileSystemEntries(folder).Should().BeEmpty();

        Site.WriteGlobals(SmallSite.WithoutKeystone, $"glance_file_datadirs: [{{name: slow, volume: slow, priority: 5}}, {{name: nas, volume: \"{folder}\"}}]");
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldHaveChangedNothing();
        (await api.UploadAsync(id, disk)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        Directory.GetFiles(folder).Select(Path.GetFileName).Should().Equal(id);
        (await api.DownloadAsync(old)).Should().Equal(disk);
        (await api.DownloadAsync(id)).Should().Equal(disk);

        // Images would be left behind.
        Site.WriteGlobals(SmallSite.WithoutKeystone);
        (await Site.RunAsync("reconfigure")).ShouldExitWith(1).ShouldSay($"keeps its images in {folder} (1 file)");
        await api.DeleteAsync(id);
        await api.DeleteAsync(old);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
    }

    private void UseS3(SwiftServer cloud, string secret) => Site.WriteGlobals(SmallSite.WithoutKeystone, "glance_backend_s3: \"yes\"", "glance_s3_create_bucket_on_put: \"yes\"",
        $"s3_url: {cloud.Url}", "s3_bucket: kollanet-preflight", $"s3_access_key: \"{cloud.User}\"", $"s3_secret_key: \"{secret}\"");
}
