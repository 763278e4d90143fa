using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>Limits that an administrator registers in a real Keystone with the unmodified client.</summary>
[Collection(WholeSiteCollection.Name)]
public sealed class UnifiedLimits(WholeSite whole)
{
    private static readonly string[] Resources = ["image_size_total", "image_stage_total", "image_count_total", "image_count_uploading"];

    private TestSite Site => whole.Site;

    [Fact]
    public async Task A_project_keeps_to_its_own_limit_or_to_the_registered_one()
    {
        var registered = new List<string>();
        string limit = "";
        foreach (string resource in Resources)
            registered.Add(await Site.OpenstackAsync("registered", "limit", "create", "--service", "glance", "--region", "RegionOne", "--default-limit", "100", resource, "-f", "value", "-c", "id"));
        await Site.OpenstackAsync("role", "add", "--user", "glance", "--system", "all", "reader");
        string endpoint = (await Site.OpenstackAsync("endpoint", "list", "--service", "glance", "--interface", "public", "-f", "value", "-c", "ID")).Split('\n')[0];
        try
        {
            limit = await Site.OpenstackAsync("limit", "create", "--project", "admin", "--service", "glance", "--region", "RegionOne", "--resource-limit", "1", "image_count_total", "-f", "value", "-c", "id");
            Site.WriteOverride("glance.conf", $"[DEFAULT]\nuse_keystone_limits = True\n[oslo_limit]\nsystem_scope = all\nendpoint_id = {endpoint}\n");
            (await Site.RunAsync("reconfigure")).ShouldSucceed();

            using ImageApi api = await ImageApi.WithTokenAsync(Site);
            string id = await api.CreateAsync("first");
            using HttpResponseMessage refused = await api.Http.PostAsJsonAsync("v2/images", new { name = "second" }, TestSite.Cancel);
            refused.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
            JsonElement usage = (await api.Http.GetFromJsonAsync<JsonElement>("v2/info/usage", TestSite.Cancel)).GetProperty("usage");
            Limits(usage).Should().Equal(("image_size_total", 100, 0), ("image_stage_total", 100, 0), ("image_count_total", 1, 1), ("image_count_uploading", 100, 0));
            await api.DeleteAsync(id);
        }
        finally
        {
            Site.WriteOverride("glance.conf", null);
            (await Site.RunAsync("reconfigure")).ShouldSucceed();
            if (limit.Length > 0) await Site.OpenstackAsync("limit", "delete", limit);
            await Site.OpenstackAsync(["registered", "limit", "delete", .. registered]);
            await Site.OpenstackAsync("role", "remove", "--user", "glance", "--system", "all", "reader");
        }
    }

    private static IEnumerable<(string Resource, int Limit, int Usage)> Limits(JsonElement usage) =>
        usage.EnumerateObject().Select(one => (one.Name, one.Value.GetProperty("limit").GetInt32(), one.Value.GetProperty("usage").GetInt32()));
}
