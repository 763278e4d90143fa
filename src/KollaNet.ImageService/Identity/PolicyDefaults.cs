using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Identity;

/// <summary>Who may do what unless a policy file says otherwise. Source: image-api reference 4.2.</summary>
internal static class PolicyDefaults
{
    private const string Admin = "rule:context_is_admin";
    private const string Service = "(role:service or service_roles:service)";
    private const string OwnMember = $"{Admin} or (role:member and project_id:%(project_id)s)";
    private const string Seen = "(project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s)";
    private const string Sharing = $"{Admin} or (role:reader and (project_id:%(project_id)s or project_id:%(member_id)s))";
    private const string DefinitionRead = $"{Admin} or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))";

    private const string Own = "project_id:%(project_id)s", OwnOrMember = "(project_id:%(project_id)s or project_id:%(member_id)s)";

    /// <summary>What people of a project could do before secure RBAC, whatever their role. Source: Glance's policies, deprecated rules; its check that only an
    /// image's owner changes it, which was no rule then, is part of these.</summary>
    private static readonly Dictionary<string, string> Legacy = new()
    {
        ["add_image"] = Own,
        ["get_images"] = "@",
        ["get_image"] = "@",
        ["download_image"] = "@",
        ["modify_image"] = Own,
        ["delete_image"] = Own,
        ["upload_image"] = Own,
        ["deactivate"] = Own,
        ["reactivate"] = Own,
        ["communitize_image"] = Own,
        ["add_member"] = Own,
        ["delete_member"] = Own,
        ["modify_member"] = "project_id:%(member_id)s",
        ["get_member"] = OwnOrMember,
        ["get_members"] = OwnOrMember,
        ["set_image_location"] = Own,
        ["get_image_location"] = Own,
        ["delete_image_location"] = Own,
        ["cache_list"] = "rule:manage_image_cache",
        ["cache_image"] = "rule:manage_image_cache",
        ["cache_delete"] = "rule:manage_image_cache",
        ["metadef_default"] = "@",
    };

    /// <summary>The rules for a deployment: with <c>enforce_new_defaults</c> off, who could do something before still can.</summary>
    public static IEnumerable<KeyValuePair<string, string>> For(PolicyOptions options) =>
        options.EnforceNewDefaults ? Rules : Rules.Select(rule => Legacy.TryGetValue(rule.Key, out string? older) ? new(rule.Key, $"({rule.Value}) or {older}") : rule);

    public static readonly IReadOnlyDictionary<string, string> Rules = new Dictionary<string, string>
    {
        ["default"] = "",
        ["context_is_admin"] = "role:admin",
        ["add_image"] = $"{Admin} or (role:member and project_id:%(project_id)s and project_id:%(owner)s)",
        ["get_images"] = $"{Admin} or (role:reader and project_id:%(project_id)s)",
        ["get_image"] = $"{Admin} or (role:reader and {Seen})",
        ["download_image"] = $"{Admin} or (role:member and {Seen})",
        ["download_from_store"] = $"{Admin} or (role:member and {Seen})",
        ["modify_image"] = OwnMember,
        ["delete_image"] = OwnMember,
        ["upload_image"] = OwnMember,
        ["deactivate"] = OwnMember,
        ["reactivate"] = OwnMember,
        ["communitize_image"] = OwnMember,
        ["publicize_image"] = Admin,
        ["add_member"] = OwnMember,
        ["delete_member"] = OwnMember,
        ["modify_member"] = $"{Admin} or (role:member and project_id:%(member_id)s)",
        ["get_member"] = Sharing,
        ["get_members"] = Sharing,
        ["set_image_location"] = OwnMember,
        ["get_image_location"] = $"{Admin} or (role:reader and project_id:%(project_id)s)",
        ["add_image_location"] = $"{Service} or {OwnMember}",
        ["fetch_image_location"] = $"{Service} or {Admin}",
        ["delete_image_location"] = Admin,
        ["copy_image"] = Admin,
        ["tasks_api_access"] = Admin,
        ["manage_image_cache"] = Admin,
        ["cache_list"] = Admin,
        ["cache_image"] = Admin,
        ["cache_delete"] = Admin,
        ["cache_clean"] = Admin,
        ["cache_prune"] = Admin,
        ["list_cached_nodes"] = Admin,
        ["stores_info_detail"] = $"{Admin} or {Service}",
        ["get_task"] = "rule:default",
        ["get_tasks"] = "rule:default",
        ["add_task"] = "rule:default",
        ["modify_task"] = "rule:default",
        ["metadef_default"] = DefinitionRead,
        ["metadef_admin"] = Admin,
        ["get_metadef_namespace"] = "rule:metadef_default",
        ["get_metadef_namespaces"] = "rule:metadef_default",
        ["get_metadef_object"] = "rule:metadef_default",
        ["get_metadef_objects"] = "rule:metadef_default",
        ["list_metadef_resource_types"] = "rule:metadef_default",
        ["get_metadef_resource_type"] = "rule:metadef_default",
        ["get_metadef_property"] = "rule:metadef_default",
        ["get_metadef_properties"] = "rule:metadef_default",
        ["get_metadef_tag"] = "rule:metadef_default",
        ["get_metadef_tags"] = "rule:metadef_default",
        ["add_metadef_namespace"] = "rule:metadef_admin",
        ["modify_metadef_namespace"] = "rule:metadef_admin",
        ["delete_metadef_namespace"] = "rule:metadef_admin",
        ["add_metadef_object"] = "rule:metadef_admin",
        ["modify_metadef_object"] = "rule:metadef_admin",
        ["delete_metadef_object"] = "rule:metadef_admin",
        ["add_metadef_resource_type_association"] = "rule:metadef_admin",
        ["remove_metadef_resource_type_association"] = "rule:metadef_admin",
        ["add_metadef_property"] = "rule:metadef_admin",
        ["modify_metadef_property"] = "rule:metadef_admin",
        ["remove_metadef_property"] = "rule:metadef_admin",
        ["add_metadef_tag"] = "rule:metadef_admin",
        ["add_metadef_tags"] = "rule:metadef_admin",
        ["modify_metadef_tag"] = "rule:metadef_admin",
        ["delete_metadef_tag"] = "rule:metadef_admin",
        ["delete_metadef_tags"] = "rule:metadef_admin",
    };
}
