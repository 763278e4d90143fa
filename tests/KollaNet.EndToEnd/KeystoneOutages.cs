using System.Net;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>A real Keystone that stops and comes back under an image service that goes on.</summary>
[Collection(WholeSiteCollection.Name)]
public sealed class KeystoneOutages(WholeSite whole)
{
    private TestSite Site => whole.Site;

    [Fact]
    public async Task Without_keystone_new_tokens_get_503_known_ones_work_and_nothing_needs_a_restart_afterwards()
    {
        using ImageApi known = await ImageApi.WithTokenAsync(Site), unknown = await ImageApi.WithTokenAsync(Site);
        (await StatusAsync(known)).Should().Be(HttpStatusCode.OK);
        DateTimeOffset? started = (await Site.FindAsync("glance_api"))!.StartedAt;

        await Site.Engine.StopContainerAsync(Site.Prefix + "keystone", TimeSpan.FromSeconds(30), TestSite.Cancel);
        try
        {
            (await StatusAsync(known)).Should().Be(HttpStatusCode.OK, "its token was validated a moment ago");
            using HttpResponseMessage refused = await unknown.Http.GetAsync("v2/images", TestSite.Cancel);
            refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.Should().NotBeNull();
            (await refused.Content.ReadAsStringAsync(TestSite.Cancel)).Should().Contain("identity service is not available");
        }
        finally
        {
            await Site.Engine.StartContainerAsync(Site.Prefix + "keystone", TestSite.Cancel);
        }

        await TestSite.UntilAsync("the token is good again", async () => await StatusAsync(unknown) == HttpStatusCode.OK);
        (await Site.FindAsync("glance_api"))!.StartedAt.Should().Be(started);
    }

    private static async Task<HttpStatusCode> StatusAsync(ImageApi api)
    {
        using HttpResponseMessage answer = await api.Http.GetAsync("v2/images", TestSite.Cancel);
        return answer.StatusCode;
    }
}
