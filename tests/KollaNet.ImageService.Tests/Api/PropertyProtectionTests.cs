using System.Text;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Tests.Imports;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>Image-api reference 9.3, property protections, over the real API.</summary>
public sealed class PropertyProtectionTests
{
    private const string Roles = """
        # The first section that matches decides.
        [^x_billing_[a-z]+]
        create = admin,billing
        read = admin, billing
        update = Billing
        delete = admin
        [x_open_.*]
        create = @
        read = @
        update = @
        delete = @
        [x_none_.*]
        create = !
        read = !
        update = !
        delete = !
        [x_.*]
        create = @
        read = @
        [.*]
        create = member,admin,service
        read = member,admin,service
        update = member,admin
        delete = member,admin
        """;

    private const string ByPolicies = """
        [x_billing_.*]
        create = billing
        read = billing
        [.*]
        create = @
        read = @
        update = context_is_admin
        delete = !
        """;

    [Fact]
    public async Task Each_operation_is_for_the_roles_of_the_first_section_that_matches()
    {
        await using ApiServer api = await ProtectedAsync(Roles);

        (await CreateAsync(api, Owner, "x_billing_code")).Should().Be(403);
        (await CreateAsync(api, Owner, "x_none_a")).Should().Be(403);
        (await CreateAsync(api, Admin, "x_none_a")).Should().Be(403, "administrators are bound as well");
        (await CreateAsync(api, Owner, "architecture")).Should().Be(201, "it is a member's, though the schema names it");
        (await CreateAsync(api, Owner, "x_billing_1")).Should().Be(201, "no letter follows, so that only x_.* matches");
        string id = await api.CreateAsync(Biller, "\"x_billing_code\": \"4711\", \"x_fixed\": \"f\", \"x_open_a\": \"o\", \"plain\": \"p\"");

        (await NamesAsync(api, Biller, id)).Should().BeEquivalentTo("x_billing_code", "x_fixed", "x_open_a", "plain");
        (await NamesAsync(api, Owner, id)).Should().BeEquivalentTo("x_fixed", "x_open_a", "plain");
        (await NamesAsync(api, Reader, id)).Should().BeEquivalentTo("x_fixed", "x_open_a");
        (await PatchAsync(api, Owner, id, "add", "x_billing_other")).Should().Be(403);
        (await PatchAsync(api, Owner, id, "replace", "x_billing_code")).Should().Be(403);
        (await PatchAsync(api, Owner, id, "remove", "x_billing_code")).Should().Be(403);
        (await PatchAsync(api, Biller, id, "replace", "x_billing_code")).Should().Be(200, "the file says Billing, Keystone billing");
        (await PatchAsync(api, Biller, id, "remove", "x_billing_code")).Should().Be(403);
        (await PatchAsync(api, Admin, id, "remove", "x_billing_code")).Should().Be(200);
        (await PatchAsync(api, Owner, id, "replace", "x_fixed")).Should().Be(403, "the section does not name update");
        (await PatchAsync(api, Owner, id, "add", "x_fixed")).Should().Be(403, "it is there: adding it is an update");
        (await PatchAsync(api, Owner, id, "remove", "x_open_a")).Should().Be(200);
        (await PatchAsync(api, Owner, id, "replace", "plain")).Should().Be(200);
        (await PatchAsync(api, Owner, id, "replace", "nothing")).Should().Be(409, "there is no such property");
        Answer mixed = await api.PatchAsync(Owner, id, """[{"op": "replace", "path": "/name", "value": "new"}, {"op": "add", "path": "/x_none_a", "value": "v"}]""");
        mixed.Status.Should().Be(403);
        ((string?)(await api.GetAsync(Owner, $"/v2/images/{id}")).Json["name"]).Should().Be("x", "nothing of it was saved");
    }

    [Fact]
    public async Task What_a_caller_may_not_read_is_in_no_answer_and_found_by_no_filter()
    {
        await using ApiServer api = await ProtectedAsync(Roles);
        string id = await api.CreateAsync(Biller, "\"x_billing_code\": \"4711\", \"plain\": \"p\"");

        (await api.GetAsync(Biller, "/v2/images?x_billing_code=4711")).Json["images"]!.AsArray().Should().HaveCount(1);
        (await api.GetAsync(Owner, "/v2/images?x_billing_code=4711")).Json["images"]!.AsArray().Should().BeEmpty();
        Answer[] answers =
        [
            await api.GetAsync(Owner, $"/v2/images/{id}"), await api.GetAsync(Owner, "/v2/images"), await api.GetAsync(Owner, "/v2/images?plain=p"),
            await api.PatchAsync(Owner, id, """[{"op": "replace", "path": "/name", "value": "new"}]"""), await api.PatchAsync(Owner, id, "[]"),
        ];
        foreach (Answer answer in answers)
        {
            answer.Status.Should().Be(200, answer.Text);
            answer.Text.Should().Contain("\"plain\"").And.NotContain("billing");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_other_spelling_of_a_name_leads_around_its_rule(bool onMariaDb)
    {
        await using ApiServer api = await ProtectedAsync("[x_secret]\ncreate = admin\nread = admin\n[.*]\ncreate = @\nread = @\nupdate = @\ndelete = @", database: onMariaDb ? MariaDbApi.NewDatabaseAsync : null);
        string id = await api.CreateAsync(Owner, "\"visibility\": \"shared\", \"plain\": \"p\"");
        (await PatchAsync(api, Admin, id, "add", "x_secret")).Should().Be(200);

        (await FoundAsync(Admin, "x_secret=v")).Should().Be(1);
        (await FoundAsync(Owner, "plain=p")).Should().Be(1);
        foreach (string name in new[] { "x_secret", "X_SECRET", "x_Secret", "x_secret%20", "x_s%C3%A9cret", "X%5FSECRET" }) (await FoundAsync(Owner, $"{name}=v")).Should().Be(0, name);
        foreach (string name in new[] { "X_SECRET", "x_Secret" }) (await PatchAsync(api, Owner, id, "add", name)).Should().Be(409, name);
        (await api.GetAsync(Admin, $"/v2/images/{id}")).Json["x_secret"]!.ToString().Should().Be("v");

        async Task<int> FoundAsync(string token, string query) => (await api.GetAsync(token, $"/v2/images?{query}")).Json["images"]!.AsArray().Count;
    }

    [Fact]
    public async Task An_import_is_followed_through_properties_that_no_section_names()
    {
        await using ApiServer api = await ProtectedAsync("[never]\nread = !");
        string id = await api.StagedAsync(Encoding.ASCII.GetBytes("data"));
        await api.ImportAsync(id, ImportServer.Glance());

        (await api.SettledAsync(id)).Image["os_glance_failed_import"].Should().NotBeNull();
        (await CreateAsync(api, Admin, "anything")).Should().Be(403, "a name without a rule is nobody's");
    }

    [Fact]
    public async Task Rules_may_name_policies_instead_of_roles()
    {
        await using ApiServer api = await ProtectedAsync(ByPolicies, "property_protection_rule_format = policies", "\"billing\": \"role:billing or project_id:p2\"");

        (await CreateAsync(api, Owner, "x_billing_code")).Should().Be(403);
        (await CreateAsync(api, Other, "x_billing_code")).Should().Be(201, "the rule lets its project in");
        string id = await api.CreateAsync(Biller, "\"x_billing_code\": \"4711\", \"plain\": \"p\"");
        (await NamesAsync(api, Owner, id)).Should().BeEquivalentTo("plain");
        (await PatchAsync(api, Owner, id, "replace", "plain")).Should().Be(403);
        (await PatchAsync(api, Admin, id, "replace", "plain")).Should().Be(200);
        (await PatchAsync(api, Admin, id, "remove", "plain")).Should().Be(403);
    }

    [Theory]
    [InlineData("roles", "[x_(.*]\nread = @\n[y]\nread = @,!\nlook = admin\n[empty]\n[.*]\nread = @", "x_(", "both '@', everybody, and '!', nobody", "look is not one of create, delete, read, update", "[empty] grants and refuses nothing")]
    [InlineData("policies", "[x]\nread = one,two\nupdate = nowhere", "names several policies", "the policy 'nowhere', which no policy file defines")]
    [InlineData("roles", "read = admin", "read stands before the first section")]
    [InlineData("roles", "# nothing", "there is no rule in it")]
    [InlineData("roles", null, "cannot be read")]
    public async Task A_broken_file_stops_the_start_and_every_problem_is_named(string format, string? text, params string[] problems)
    {
        var api = new ApiServer
        {
            Default = $"property_protection_file = protections.conf\nproperty_protection_rule_format = {format}",
            Files = text is null ? new Dictionary<string, string>() : new() { ["protections.conf"] = text },
        };
        try
        {
            ConfigurationInvalidException failure = (await api.Invoking(server => server.InitializeAsync().AsTask()).Should().ThrowAsync<ConfigurationInvalidException>()).Which;

            failure.Problems.Should().HaveCount(problems.Length);
            foreach (string problem in problems) failure.Problems.Should().ContainMatch($"*protections.conf*{problem}*");
        }
        finally
        {
            await api.DisposeAsync();
        }
    }

    private static Task<ApiServer> ProtectedAsync(string rules, string more = "", string policy = "", Func<CancellationToken, Task<string>>? database = null) => StartAsync(new ApiServer
    {
        Database = database,
        Default = $"property_protection_file = protections.conf\n{more}",
        Policy = policy,
        Files = new Dictionary<string, string> { ["protections.conf"] = rules },
    });

    private static async Task<int> CreateAsync(ApiServer api, string token, string name) =>
        (await api.PostAsync(token, "/v2/images", $$"""{"name": "x", "{{name}}": "v"}""")).Status;

    private static async Task<int> PatchAsync(ApiServer api, string token, string id, string verb, string name) =>
        (await api.PatchAsync(token, id, $$"""[{"op": "{{verb}}", "path": "/{{name}}", "value": "v"}]""")).Status;

    private static async Task<string[]> NamesAsync(ApiServer api, string token, string id) =>
        [.. (await api.GetAsync(token, $"/v2/images/{id}")).Json.AsObject().Select(pair => pair.Key).TakeWhile(name => name != "name")];
}
