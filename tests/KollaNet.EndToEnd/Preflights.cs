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

    private void UseS3(SwiftServer cloud, string secret) => Site.WriteGlobals(SmallSite.WithoutKeystone, "glance_backend_s3: \"yes\"", "glance_s3_create_bucket_on_put: \"yes\"",
        $"s3_url: {cloud.Url}", "s3_bucket: kollanet-preflight", $"s3_access_key: \"{cloud.User}\"", $"s3_secret_key: \"{secret}\"");
}
