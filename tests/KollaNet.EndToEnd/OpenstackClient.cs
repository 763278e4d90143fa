using System.Security.Cryptography;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>The unmodified client from Debian's packages, against the deployed services.</summary>
[Collection(WholeSiteCollection.Name)]
public sealed class OpenstackClient(WholeSite whole)
{
    private static readonly string[] Disk = ["--disk-format", "raw", "--container-format", "bare", "-f", "value", "-c", "id"];

    private TestSite Site => whole.Site;

    private Task<string> RunAsync(params string[] arguments) => Site.OpenstackAsync(arguments);

    [Fact]
    public async Task An_image_is_uploaded_listed_shown_downloaded_changed_and_deleted()
    {
        byte[] disk = RandomNumberGenerator.GetBytes(5_000_001);
        string file = Path.Combine(Site.WorkFolder, "disk.raw");
        await File.WriteAllBytesAsync(file, disk, TestSite.Cancel);

        string id = await RunAsync(["image", "create", "cirros", "--file", "disk.raw", "--public", "--property", "os_distro=debian", .. Disk]);
        Guid.TryParse(id, out _).Should().BeTrue("{0} is the id", id);
        (await RunAsync("image", "list", "-f", "value", "-c", "ID", "-c", "Status")).Should().Contain($"{id} active");
        string stored = (await Site.ImageFilesAsync()).Should().ContainSingle(path => Path.GetFileName(path) == id).Subject;
        (await File.ReadAllBytesAsync(stored, TestSite.Cancel)).Should().Equal(disk);
        (await RunAsync("image", "show", "cirros", "-f", "value", "-c", "size", "-c", "checksum", "-c", "visibility"))
            .Should().ContainAll("5000001", Md5(disk), "public");

        await RunAsync("image", "save", id, "--file", "back.raw");
        (await File.ReadAllBytesAsync(Path.Combine(Site.WorkFolder, "back.raw"), TestSite.Cancel)).Should().Equal(disk);

        await RunAsync("image", "set", id, "--name", "renamed", "--min-ram", "64", "--property", "hw_vif_model=virtio", "--tag", "gold", "--tag", "blue");
        (await RunAsync("image", "show", "renamed", "-f", "json")).Should().ContainAll("\"min_ram\": 64", "hw_vif_model", "virtio", "gold", "blue", "os_distro");
        await RunAsync("image", "unset", id, "--property", "hw_vif_model", "--tag", "gold");
        string left = await RunAsync("image", "show", id, "-f", "json");
        left.Should().Contain("blue").And.NotContain("gold").And.NotContain("hw_vif_model");

        await RunAsync("image", "delete", "renamed");
        (await RunAsync("image", "list", "-f", "value", "-c", "ID")).Should().NotContain(id);
        File.Exists(stored).Should().BeFalse();
        CliResult gone = await Site.RunAsync("openstack", "image", "show", id);
        gone.ShouldExitWith(1).ShouldSay("No Image found");
    }

    [Fact]
    public async Task An_image_is_shared_with_another_project_that_accepts_it()
    {
        await File.WriteAllTextAsync(Path.Combine(Site.WorkFolder, "small.raw"), "small", TestSite.Cancel);
        string project = await RunAsync("project", "create", "guests", "-f", "value", "-c", "id");
        string id = await RunAsync(["image", "create", "shared", "--file", "small.raw", "--shared", .. Disk]);

        await RunAsync("image", "add", "project", id, project);
        (await RunAsync("image", "member", "list", id, "-f", "value", "-c", "Member ID", "-c", "Status")).Should().Be($"{project} pending");
        await RunAsync("role", "add", "--project", project, "--user", "admin", "member");
        await RunAsync("--os-project-name", "guests", "image", "set", "--accept", id);
        (await RunAsync("image", "member", "list", id, "-f", "value", "-c", "Status")).Should().Be("accepted");

        await RunAsync("image", "remove", "project", id, project);
        await RunAsync("image", "delete", id);
        await RunAsync("project", "delete", project);
    }

#pragma warning disable CA5351 // Glance's checksum is an MD5; nothing relies on it being hard to forge.
    private static string Md5(byte[] data) => Convert.ToHexStringLower(MD5.HashData(data));
#pragma warning restore CA5351
}
