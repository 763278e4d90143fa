using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Identity;

public sealed class PolicyRules
{
    private static readonly Caller Member = new() { UserId = "u1", ProjectId = "p1", Roles = ["member"], ServiceRoles = ["service"] };

    [Theory]
    [InlineData("", true)]
    [InlineData("@", true)]
    [InlineData("!", false)]
    [InlineData("role:member", true)]
    [InlineData("role:Member", true)]
    [InlineData("role:admin", false)]
    [InlineData("not role:admin", true)]
    [InlineData("not not role:admin", false)]
    [InlineData("role:admin or role:member", true)]
    [InlineData("role:admin and role:member", false)]
    [InlineData("role:admin and role:admin or role:member", true)]
    [InlineData("role:admin and (role:admin or role:member)", false)]
    [InlineData("not (role:admin or role:reader)", true)]
    [InlineData("NOT role:admin AND role:member", true)]
    [InlineData("project_id:%(project_id)s", true)]
    [InlineData("project_id:%(owner)s", false)]
    [InlineData("project_id:p1", true)]
    [InlineData("project_id:%(member_id)s", false)]
    [InlineData("user_id:u1", true)]
    [InlineData("nonsense:u1", false)]
    [InlineData("'public':%(visibility)s", true)]
    [InlineData("\"shared\":%(visibility)s", false)]
    [InlineData("service_roles:service", true)]
    [InlineData("is_admin:True", false)]
    [InlineData("rule:context_is_admin", false)]
    [InlineData("rule:extra", true)]
    [InlineData("rule:nowhere", true)]
    public void Rules_decide(string rule, bool allowed)
    {
        var policies = new Policies(new Dictionary<string, string> { ["test"] = rule, ["extra"] = "role:member" });
        policies.Allows("test", Member, new PolicyTarget { ProjectId = "p1", Owner = "p2", Visibility = "public" }).Should().Be(allowed);
    }

    [Theory]
    [InlineData("(role:admin", "*')' is missing*")]
    [InlineData("role:admin)", "*')' is not expected*")]
    [InlineData("role:admin or", "*ends too early*")]
    [InlineData("admin", "*'admin' is not kind:match*")]
    [InlineData("http://example/%(x)s", "*remote server*")]
    [InlineData("rule:test", "*needs itself*")]
    [InlineData("role:a or rule:other", "*needs itself*")]
    public void Mistakes_are_named(string rule, string message)
    {
        Action read = () => _ = new Policies(new Dictionary<string, string> { ["test"] = rule, ["other"] = "not rule:test" });
        read.Should().Throw<PolicyInvalidException>().WithMessage(message).WithMessage("*policy rule test*");
    }

    [Fact]
    public void A_policy_file_is_a_flat_mapping()
    {
        PolicyFile.Parse("policy.yaml", new StringReader("# nothing\n")).Should().BeEmpty();
        PolicyFile.Parse("policy.yaml", new StringReader("\"get_image\": \"role:x\"\nadd_image: '@'\n")).Should().Equal(new Dictionary<string, string> { ["get_image"] = "role:x", ["add_image"] = "@" });
        PolicyFile.Parse("policy.json", new StringReader("{\"get_image\": \"!\"}")).Should().ContainKey("get_image");
        Action list = () => PolicyFile.Parse("policy.yaml", new StringReader("a: b\nget_image: [x]\n"));
        list.Should().Throw<PolicyInvalidException>().WithMessage("policy.yaml:2:*");
    }

    [Fact]
    public async Task The_operators_rules_replace_the_defaults()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Policy = "publicize_image: role:member\ndelete_image: '!'\ncontext_is_admin: role:boss\n" });
        api.Keystone.Add("boss", "p9", ["boss"]);
        string id = await api.CreateAsync(more: "\"visibility\": \"public\"");
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(403);
        (await api.GetAsync("boss", "/v2/info/stores/detail")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Admin, "/v2/info/stores/detail")).Status.Should().Be(403);
    }
}
