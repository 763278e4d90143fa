using System.Security.Cryptography;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>Swift as it is deployed, and images in it, seen with the unmodified client.</summary>
[Collection(ObjectStoreSiteCollection.Name)]
public sealed class ObjectStorage(ObjectStoreSite deployed)
{
    private static readonly string[] Disk = ["--disk-format", "raw", "--container-format", "bare", "-f", "value", "-c", "id"];

    private TestSite Site => deployed.Site;

    [Fact]
    public async Task A_second_deploy_changes_nothing_and_none_is_planned()
    {
        (await Site.RunAsync("deploy")).ShouldSucceed().ShouldSay("0 changed");
        (await Site.RunAsync("plan")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Images_land_in_swift_small_ones_whole_and_large_ones_in_segments_and_are_gone_when_deleted()
    {
        byte[] small = RandomNumberGenerator.GetBytes(1_000_000), large = RandomNumberGenerator.GetBytes(5_000_000);
        await File.WriteAllBytesAsync(Path.Combine(Site.WorkFolder, "small.raw"), small, TestSite.Cancel);
        await File.WriteAllBytesAsync(Path.Combine(Site.WorkFolder, "large.raw"), large, TestSite.Cancel);

        string one = await Site.OpenstackAsync(["image", "create", "small", "--file", "small.raw", .. Disk]);
        string many = await Site.OpenstackAsync(["image", "create", "large", "--file", "large.raw", .. Disk]);

        string[] asGlance = ["--os-username", "glance", "--os-project-name", "service", "--os-password", Site.Password("glance_keystone_password")];
        (await Site.OpenstackAsync([.. asGlance, "container", "list", "-f", "value", "-c", "Name"])).Should().Be("glance_images");
        string[] objects = (await Site.OpenstackAsync([.. asGlance, "object", "list", "glance_images", "-f", "value", "-c", "Name"])).Split('\n');
        objects.Should().BeEquivalentTo(one, many, $"{many}-00001", $"{many}-00002", $"{many}-00003");
        (await Site.ImageFilesAsync()).Should().BeEmpty();
        (await Site.OpenstackAsync("image", "show", many, "-f", "value", "-c", "properties")).Should().Contain("'stores': 'swift'");

        await Site.OpenstackAsync("image", "save", one, "--file", "back.raw");
        (await File.ReadAllBytesAsync(Path.Combine(Site.WorkFolder, "back.raw"), TestSite.Cancel)).Should().Equal(small);
        await Site.OpenstackAsync("image", "save", many, "--file", "back.raw");
        (await File.ReadAllBytesAsync(Path.Combine(Site.WorkFolder, "back.raw"), TestSite.Cancel)).Should().Equal(large);

        await Site.OpenstackAsync("image", "delete", one, many);
        (await Site.OpenstackAsync([.. asGlance, "object", "list", "glance_images", "-f", "value", "-c", "Name"])).Should().BeEmpty();
    }

    [Fact]
    public async Task Swift_is_left_with_one_edit_and_its_images_are_read_from_it_until_they_are_moved()
    {
        byte[] disk = RandomNumberGenerator.GetBytes(5_000_000);
        await File.WriteAllBytesAsync(Path.Combine(Site.WorkFolder, "moving.raw"), disk, TestSite.Cancel);
        string id = await Site.OpenstackAsync(["image", "create", "moving", "--file", "moving.raw", .. Disk]);

        deployed.WriteGlobals("enable_swift: \"yes\"", "glance_backend_file: \"yes\"");
        const string Stays = "1 image (4.8 MiB) lives in store swift, which stays on until it is empty and takes no new ones; move it with: kollanet images migrate --from swift --to file";
        (await Site.RunAsync("plan")).ShouldExitWith(2).ShouldSay(Stays, "new images go to store file");
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        await SaveAsync(id, disk);

        deployed.WriteGlobals("glance_backend_file: \"yes\"");
        (await Site.RunAsync("plan")).ShouldExitWith(1).ShouldSay("swift is still needed, and service swift, which would be removed, may be where it is; leave swift enabled in globals.yml until swift is empty");
        deployed.WriteGlobals("enable_swift: \"yes\"", "glance_backend_file: \"yes\"");
        (await Site.RunAsync("images", "migrate", "--from", "swift", "--to", "file")).ShouldSucceed();
        (await Site.RunAsync("reconfigure")).ShouldSucceed().ShouldSay("store swift is empty and is switched off");
        (await Site.ImageFilesAsync()).Should().ContainSingle().Which.Should().EndWith(id);
        await SaveAsync(id, disk);

        await Site.OpenstackAsync("image", "delete", id);
        deployed.WriteGlobals(ObjectStoreSite.Globals);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
    }

    private async Task SaveAsync(string id, byte[] expected)
    {
        await Site.OpenstackAsync("image", "save", id, "--file", "back.raw");
        (await File.ReadAllBytesAsync(Path.Combine(Site.WorkFolder, "back.raw"), TestSite.Cancel)).Should().Equal(expected);
    }
}
