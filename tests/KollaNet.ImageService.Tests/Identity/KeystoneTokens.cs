using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Identity;

public sealed class KeystoneTokens
{
    [Fact]
    public async Task A_token_is_validated_once_and_remembered()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        for (int i = 0; i < 3; i++) (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200);
        (api.Keystone.Questions.Count, api.Keystone.Logins).Should().Be((1, 1));
    }

    [Fact]
    public async Task Many_requests_with_one_new_token_ask_once()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => api.GetAsync(ApiServer.Owner, "/v2/images")));
        answers.Should().OnlyContain(answer => answer.Status == 200);
        api.Keystone.Questions.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_bad_token_is_refused_with_a_challenge_and_asked_again_next_time()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        Answer answer = await api.GetAsync("later", "/v2/images", "Accept: */*");
        (answer.Status, answer.Header("WWW-Authenticate"), answer.Header("x-openstack-request-id")).Should().Be((401, "Keystone uri=\"http://keystone.example:5000\"", null));
        api.Keystone.Add("later", "p1", ["member", "reader"]);
        (await api.GetAsync("later", "/v2/images")).Status.Should().Be(200);
    }

    [Fact]
    public async Task The_older_token_header_is_read_too()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        (await api.GetAsync("", "/v2/images", $"X-Storage-Token: {ApiServer.Owner}")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Identity_headers_of_clients_mean_nothing()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        string[] forged = ["X-Roles: admin", "X-Project-Id: p1", "X-User-Id: u", "X-Identity-Status: Confirmed", "X-Service-Roles: service"];
        (await api.GetAsync("", "/v2/images", forged)).Status.Should().Be(401);
        (await api.GetAsync(ApiServer.Owner, "/v2/info/stores/detail", forged)).Status.Should().Be(403);
    }

    [Fact]
    public async Task The_services_own_token_is_renewed_when_keystone_refuses_it()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200);
        api.Keystone.RevokeOwn();
        (await api.GetAsync(ApiServer.Other, "/v2/images")).Status.Should().Be(200);
        api.Keystone.Logins.Should().Be(2);
    }

    [Fact]
    public async Task The_services_own_token_is_renewed_before_it_ends()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        api.Keystone.OwnTokenLife = TimeSpan.FromSeconds(30);
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Other, "/v2/images")).Status.Should().Be(200);
        api.Keystone.Logins.Should().Be(2, "half a minute before its end a token is not relied on");
    }

    [Fact]
    public async Task While_keystone_is_away_known_tokens_work_and_others_get_503_until_it_is_back()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200);
        int port = new Uri(api.Keystone.Url).Port;
        await api.Keystone.DisposeAsync();

        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200, "the token was validated a moment ago");
        Answer refused = await api.GetAsync(ApiServer.Other, "/v2/images", "Accept: application/json");
        (refused.Status, refused.Header("Retry-After"), refused.Header("WWW-Authenticate")).Should().Be((503, "5", null));
        ((string?)refused.Json["message"]).Should().Contain("identity service is not available").And.NotContain(port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        await using FakeKeystone back = await FakeKeystone.StartAsync(TestContext.Current.CancellationToken, port);
        back.Add(ApiServer.Other, "p2", ["member", "reader"]);
        (await api.GetAsync(ApiServer.Other, "/v2/images")).Status.Should().Be(200, "it asks again, with a token of its own that this Keystone knows");
    }

    [Fact]
    public async Task A_service_that_keystone_refuses_says_503_and_why_in_the_log()
    {
        var log = new StringWriter();
        await using (ApiServer api = await ApiServer.StartAsync(new ApiServer { Log = TextWriter.Synchronized(log), Sections = "[keystone_authtoken]\npassword = wrong" }))
            (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(503);
        log.ToString().Should().Contain("check [keystone_authtoken] username, password and project_name").And.NotContain("wrong");
    }

    [Fact]
    public async Task A_token_is_forgotten_when_its_time_in_memory_is_over()
    {
        var clock = new ManualClock(DateTime.UtcNow);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Time = clock, Sections = "[keystone_authtoken]\ntoken_cache_time = 60\nmemcached_servers = 127.0.0.1:11211\nmemcache_security_strategy = ENCRYPT" });
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200);
        api.Keystone.Revoke(ApiServer.Owner);
        clock.Advance(TimeSpan.FromSeconds(59));
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200);
        clock.Advance(TimeSpan.FromSeconds(2));
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(401);
    }

    [Fact]
    public async Task A_token_is_never_trusted_beyond_its_end()
    {
        var clock = new ManualClock(DateTime.UtcNow);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Time = clock });
        api.Keystone.Add("short", "p1", ["member", "reader"], DateTimeOffset.UtcNow.AddSeconds(30));
        (await api.GetAsync("short", "/v2/images")).Status.Should().Be(200);
        api.Keystone.Revoke("short");
        clock.Advance(TimeSpan.FromSeconds(31));
        (await api.GetAsync("short", "/v2/images")).Status.Should().Be(401);
    }

    [Fact]
    public async Task What_cannot_be_a_token_is_refused_without_asking()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        foreach (string odd in new[] { "with space", new string('x', 20_000) }) (await api.GetAsync(odd, "/v2/images")).Status.Should().Be(401);
        api.Keystone.Questions.Should().BeEmpty();
    }

    [Fact]
    public async Task A_service_token_without_the_role_is_taken_for_what_it_is_where_the_role_is_not_required()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = "[keystone_authtoken]\nservice_token_roles_required = false" });
        (await api.GetAsync(ApiServer.Owner, "/v2/images", $"X-Service-Token: {ApiServer.Other}")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Owner, "/v2/images", "X-Service-Token: bogus")).Status.Should().Be(401);
    }

    [Fact]
    public async Task Only_a_service_revives_an_expired_token_wherever_its_role_is_required()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = "[keystone_authtoken]\nservice_token_roles_required = false" });
        api.Keystone.Add("old", "p1", ["member", "reader"], DateTimeOffset.UtcNow.AddMinutes(-1));
        (await api.GetAsync("old", "/v2/images", $"X-Service-Token: {ApiServer.Other}")).Status.Should().Be(401);
        (await api.SendAsync("old", "POST", "/v2/images", ApiServer.Json("{}"), $"X-Service-Token: {ApiServer.Other}")).Status.Should().Be(401);
        (await api.GetAsync("old", "/v2/images", $"X-Service-Token: {ApiServer.Service}")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Wide_tokens_are_let_in_where_scope_is_not_enforced()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = "[oslo_policy]\nenforce_scope = false" });
        api.Keystone.Add("wide", null, ["admin", "member", "reader"], edit: token => token["system"] = new JsonObject { ["all"] = true });
        (await api.GetAsync("wide", "/v2/images")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("system")]
    [InlineData("domain")]
    public async Task Tokens_for_more_than_a_project_are_forbidden_everything(string scope)
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        api.Keystone.Add("wide", null, ["admin", "member", "reader"], edit: token => token[scope] = new JsonObject { ["all"] = true });
        (await api.GetAsync("wide", "/v2/images")).Status.Should().Be(403);
        (await api.PostAsync("wide", "/v2/images", "{}")).Status.Should().Be(403);
    }

    [Fact]
    public async Task An_expired_token_needs_a_service_token_beside_it()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        api.Keystone.Add("old", "p1", ["member", "reader"], DateTimeOffset.UtcNow.AddMinutes(-1));
        (await api.GetAsync("old", "/v2/images")).Status.Should().Be(401);
        (await api.GetAsync("old", "/v2/images", $"X-Service-Token: {ApiServer.Service}")).Status.Should().Be(200);
        api.Keystone.Questions.Should().Contain("?allow_expired=1");
        (await api.GetAsync("old", "/v2/images", $"X-Service-Token: {ApiServer.Other}")).Status.Should().Be(401, "that token has no service role");
    }

    [Fact]
    public async Task Roles_of_the_service_token_count_for_rules_about_services()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        (await api.GetAsync(ApiServer.Owner, "/v2/info/stores/detail", $"X-Service-Token: {ApiServer.Service}")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("GET", "/v2/images", "GET", "/v2/images", 200)]
    [InlineData("GET", "/v2/images/*", "GET", "/v2/images/none", 404)]
    [InlineData("GET", "/v2/images/{id}", "GET", "/v2/images/none", 404)]
    [InlineData("GET", "/v2/images/*", "GET", "/v2/images/none/file", 401)]
    [InlineData("GET", "/v2/**", "GET", "/v2/images/none/file", 404)]
    [InlineData("GET", "/v2/images/**", "GET", "/v2/images", 401)]
    [InlineData("GET", "/v2/images**", "GET", "/v2/images", 200)]
    [InlineData("GET", "/v2/images**", "GET", "/v2/images/none", 404)]
    [InlineData("GET", "/v2/im*es/n{id}", "GET", "/v2/images/none", 404)]
    [InlineData("GET", "/v2/im*/none", "GET", "/v2/im/none", 401)]
    [InlineData("GET", "/v2.images", "GET", "/v2/images", 401)]
    [InlineData("POST", "/v2/images", "GET", "/v2/images", 401)]
    public async Task Application_credentials_do_what_their_access_rules_say(string ruleMethod, string rulePath, string method, string path, int status)
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        api.Keystone.Add("limited", "p1", ["member", "reader"], edit: token => token["application_credential"] = new JsonObject
        {
            ["id"] = "x",
            ["access_rules"] = new JsonArray(new JsonObject { ["service"] = "image", ["method"] = ruleMethod, ["path"] = rulePath }),
        });
        (await api.SendAsync("limited", method, path)).Status.Should().Be(status);
    }

    [Fact]
    public async Task What_a_service_asks_for_on_their_behalf_has_no_rules_nor_has_a_credential_without_any()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = "[keystone_authtoken]\nservice_token_roles_required = false" });
        api.Keystone.Add("limited", "p1", ["member", "reader"], edit: token => token["application_credential"] = new JsonObject
        {
            ["access_rules"] = new JsonArray(new JsonObject { ["service"] = "compute", ["method"] = "POST", ["path"] = "/v2.1/servers" }),
        });
        api.Keystone.Add("free", "p1", ["member", "reader"], edit: token => token["application_credential"] = new JsonObject { ["access_rules"] = null });

        (await api.GetAsync("limited", "/v2/images")).Status.Should().Be(401);
        (await api.GetAsync("limited", "/v2/images", $"X-Service-Token: {ApiServer.Service}")).Status.Should().Be(200);
        (await api.GetAsync("limited", "/v2/images", "X-Service-Token: limited")).Status.Should().Be(401, "whoever has no service role speaks for nobody else");
        (await api.GetAsync("free", "/v2/images")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Anonymous_callers_read_public_images_where_that_is_allowed()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "allow_anonymous_access = true" });
        string open = await api.CreateActiveAsync(ApiServer.Admin, "\"visibility\": \"public\"");
        string closed = await api.CreateActiveAsync();
        (await api.GetAsync("", $"/v2/images/{open}")).Status.Should().Be(200);
        (await api.GetAsync("", $"/v2/images/{open}/file")).Text.Should().Be("0123456789");
        string community = await api.CreateActiveAsync(more: "\"visibility\": \"community\"");
        foreach (string unseen in new[] { closed, community })
        {
            (await api.GetAsync("", $"/v2/images/{unseen}")).Status.Should().Be(404);
            (await api.GetAsync("", $"/v2/images/{unseen}/file")).Status.Should().Be(404);
        }

        (await api.GetAsync("", "/v2/images?visibility=community")).Json["images"]!.AsArray().Should().BeEmpty();
        (await api.GetAsync("", "/v2/images")).Json["images"]!.AsArray().Select(image => (string)image!["id"]!).Should().Equal(open);
        (await api.PostAsync("", "/v2/images", "{}")).Status.Should().Be(403);
        (await api.SendAsync("", "DELETE", $"/v2/images/{open}")).Status.Should().Be(403);
        (await api.GetAsync("bogus", "/v2/images")).Status.Should().Be(401);
    }
}
