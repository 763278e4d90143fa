using System.Net;
using System.Security.Cryptography;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

[Collection(SmallSiteCollection.Name)]
public sealed class WithoutKeystone(SmallSite small)
{
    private TestSite Site => small.Site;

    [Fact]
    public async Task Images_go_up_and_down_with_a_user_and_a_password()
    {
        byte[] disk = RandomNumberGenerator.GetBytes(1_000_003);
        using ImageApi api = ImageApi.WithPassword(Site);

        string id = await api.CreateAsync("basic");
        using HttpResponseMessage uploaded = await api.UploadAsync(id, disk);
        uploaded.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await api.DownloadAsync(id)).Should().Equal(disk);
        (await Site.ImageFilesAsync()).Should().ContainSingle(path => Path.GetFileName(path) == id);

        using var nobody = new HttpClient { BaseAddress = Site.Glance };
        (await nobody.GetAsync("v2/images", TestSite.Cancel)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        await api.DeleteAsync(id);
    }

    [Fact]
    public async Task Neither_Keystone_nor_memcached_runs()
    {
        (await Site.SnapshotAsync()).Keys.Should().BeEquivalentTo(SmallSite.Containers.Select(name => Site.Prefix + name));
        (await Site.RunAsync("deploy")).ShouldHaveChangedNothing();
    }
}
