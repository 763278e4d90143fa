using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Tests.Identity;

/// <summary>Who may do what to an image of project p1 when no policy file says anything. Source: image-api reference 4.2.</summary>
public sealed class DefaultPolicies
{
    private static readonly Policies Usual = new(new Dictionary<string, string>());

    /// <summary>One letter for everybody who is asked for: an administrator; member and reader of the owning project; member and reader of the project the
    /// image is shared with; member of a third project; a service; somebody of the owning project without any of these roles.</summary>
    private static readonly (char Letter, Caller Caller)[] People =
    [
        ('A', new Caller { ProjectId = "p0", Roles = ["admin"], IsAdmin = true }),
        ('m', new Caller { ProjectId = "p1", Roles = ["member", "reader"] }),
        ('r', new Caller { ProjectId = "p1", Roles = ["reader"] }),
        ('s', new Caller { ProjectId = "p2", Roles = ["member", "reader"] }),
        ('t', new Caller { ProjectId = "p2", Roles = ["reader"] }),
        ('x', new Caller { ProjectId = "p3", Roles = ["member", "reader"] }),
        ('S', new Caller { ProjectId = "p4", Roles = ["service"] }),
        ('n', new Caller { ProjectId = "p1", Roles = ["other"] }),
    ];

    [Theory]
    [InlineData("context_is_admin", "A")]
    [InlineData("add_image", "Am")]
    [InlineData("get_images", "Amr")]
    [InlineData("get_image", "Amrst")]
    [InlineData("download_image", "Ams")]
    [InlineData("download_from_store", "Ams")]
    [InlineData("modify_image", "Am")]
    [InlineData("delete_image", "Am")]
    [InlineData("upload_image", "Am")]
    [InlineData("deactivate", "Am")]
    [InlineData("reactivate", "Am")]
    [InlineData("communitize_image", "Am")]
    [InlineData("add_member", "Am")]
    [InlineData("delete_member", "Am")]
    [InlineData("set_image_location", "Am")]
    [InlineData("publicize_image", "A")]
    [InlineData("modify_member", "As")]
    [InlineData("get_member", "Amrst")]
    [InlineData("get_members", "Amrst")]
    [InlineData("get_image_location", "Amr")]
    [InlineData("add_image_location", "AmS")]
    [InlineData("fetch_image_location", "AS")]
    [InlineData("delete_image_location", "A")]
    [InlineData("copy_image", "A")]
    [InlineData("tasks_api_access", "A")]
    [InlineData("manage_image_cache", "A")]
    [InlineData("cache_list", "A")]
    [InlineData("cache_image", "A")]
    [InlineData("cache_delete", "A")]
    [InlineData("list_cached_nodes", "A")]
    [InlineData("stores_info_detail", "AS")]
    [InlineData("get_task", "AmrstxSn")]
    [InlineData("add_task", "AmrstxSn")]
    [InlineData("get_metadef_namespace", "Amr")]
    [InlineData("get_metadef_objects", "Amr")]
    [InlineData("list_metadef_resource_types", "Amr")]
    [InlineData("add_metadef_namespace", "A")]
    [InlineData("modify_metadef_object", "A")]
    [InlineData("delete_metadef_tags", "A")]
    [InlineData("remove_metadef_resource_type_association", "A")]
    public void A_private_image_that_is_shared_with_one_project(string rule, string allowed) =>
        Ask(Usual, rule, new PolicyTarget { ProjectId = "p1", Owner = "p1", Visibility = "private", MemberId = "p2" }).Should().Be(allowed);

    [Theory]
    [InlineData("public")]
    [InlineData("community")]
    public void An_image_for_everybody_is_read_by_readers_and_downloaded_by_members(string visibility)
    {
        PolicyTarget target = new() { ProjectId = "p1", Owner = "p1", Visibility = visibility };
        Ask(Usual, "get_image", target).Should().Be("Amrstx");
        Ask(Usual, "download_image", target).Should().Be("Amsx");
        Ask(Usual, "modify_image", target).Should().Be("Am");
    }

    [Fact]
    public void Public_definitions_are_read_by_every_reader() =>
        Ask(Usual, "get_metadef_namespaces", new PolicyTarget { ProjectId = "p1", Owner = "p1", Visibility = "public" }).Should().Be("Amrstx");

    [Fact]
    public void An_image_that_belongs_to_nobody_is_everybodys_to_see() =>
        Ask(Usual, "get_image", PolicyTarget.Of(new Image { Id = "i", Status = ImageStatus.Active, Owner = null, CreatedAt = DateTime.UnixEpoch, UpdatedAt = DateTime.UnixEpoch })).Should().Be("Amrstx");

    [Fact]
    public void Without_the_new_defaults_people_of_the_project_may_do_what_they_could_before()
    {
        var older = new Policies(new Dictionary<string, string>(), new PolicyOptions("default", [], true, EnforceNewDefaults: false));
        PolicyTarget target = new() { ProjectId = "p1", Owner = "p1", Visibility = "private", MemberId = "p2" };
        Ask(older, "modify_image", target).Should().Be("Amrn");
        Ask(older, "download_image", target).Should().Be("AmrstxSn", "who sees it is not a matter of rules");
        Ask(older, "publicize_image", target).Should().Be("A");
        var overridden = new Policies(new Dictionary<string, string> { ["modify_image"] = "role:other" }, new PolicyOptions("default", [], true, EnforceNewDefaults: false));
        Ask(overridden, "modify_image", target).Should().Be("n", "what the operator wrote stands alone");
    }

    [Fact]
    public void The_default_rule_has_the_name_that_the_operator_gave_it()
    {
        var policies = new Policies(new Dictionary<string, string> { ["mine"] = "role:other", ["test"] = "rule:nowhere" }, new PolicyOptions("mine", [], true, true));
        Ask(policies, "test", new PolicyTarget()).Should().Be("n");
    }

    private static string Ask(Policies policies, string rule, PolicyTarget target) => string.Concat(People.Where(one => policies.Allows(rule, one.Caller, target)).Select(one => one.Letter));
}
