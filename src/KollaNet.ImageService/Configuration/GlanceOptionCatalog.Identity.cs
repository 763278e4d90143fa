using System.Collections.Immutable;
using static KollaNet.ImageService.Configuration.OptionTypes;

namespace KollaNet.ImageService.Configuration;

/// <summary>The options of policies and of Keystone's unified limits.</summary>
internal static partial class GlanceOptionCatalog
{
    internal static class Identity
    {
        private const string Policy = "oslo_policy", Limit = "oslo_limit";

        public static readonly Option<string> PolicyDefaultRule = Text(Policy, "policy_default_rule", "default", "The rule that decides where no rule of that name exists.");
        public static readonly Option<string?> PolicyDirs = OptionalText(Policy, "policy_dirs", "Folders with more policy files, read after policy_file; relative to the configuration file. policy.d when not set.") with { IsMulti = true };
        public static readonly Option<bool> EnforceScope = Flag(Policy, "enforce_scope", true, "Refuse tokens that are not for a project.");
        public static readonly Option<bool> EnforceNewDefaults = Flag(Policy, "enforce_new_defaults", true, "Off, the rules before secure RBAC let people do what they did as well.");

        // [oslo_limit]: whose eyes see the limits, and whose limits they are. Source: oslo.limit configuration reference, keystoneauth.
        public static readonly Option<string?> LimitAuthUrl = OptionalText(Limit, "auth_url", "Keystone, for reading limits; [keystone_authtoken] where this section is silent.");
        public static readonly Option<string?> LimitUsername = OptionalText(Limit, "username", "User that may read limits.") with { OlderNames = ["user_name", "user-name", "user"] };
        public static readonly Option<string?> LimitPassword = OptionalText(Limit, "password", "Its password.");
        public static readonly Option<string?> LimitSystemScope = OptionalText(Limit, "system_scope", "all, for a token of the whole system, which sees every project's limits.");
        public static readonly Option<string?> LimitProjectName = OptionalText(Limit, "project_name", "Its project, without system_scope.");
        public static readonly Option<string?> LimitUserDomainName = OptionalText(Limit, "user_domain_name", "Domain of the user, by name.");
        public static readonly Option<string?> LimitUserDomainId = OptionalText(Limit, "user_domain_id", "Domain of the user, by id.");
        public static readonly Option<string?> LimitProjectDomainName = OptionalText(Limit, "project_domain_name", "Domain of the project, by name.");
        public static readonly Option<string?> LimitProjectDomainId = OptionalText(Limit, "project_domain_id", "Domain of the project, by id.");
        public static readonly Option<string?> LimitRegionName = OptionalText(Limit, "region_name", "Region to look for Keystone in.");
        public static readonly Option<string?> LimitCafile = OptionalText(Limit, "cafile", "Certificates to trust when speaking to Keystone over TLS.");
        public static readonly Option<bool> LimitInsecure = Flag(Limit, "insecure", false, "Speak to Keystone without checking its certificate.");
        public static readonly Option<string?> EndpointId = OptionalText(Limit, "endpoint_id", "Endpoint of this service; its service and region are those that limits are registered for.");
        public static readonly Option<string?> EndpointServiceType = OptionalText(Limit, "endpoint_service_type", "Without endpoint_id: type of the service; image when nothing is set.");
        public static readonly Option<string?> EndpointServiceName = OptionalText(Limit, "endpoint_service_name", "Without endpoint_id: its name.");
        public static readonly Option<string?> EndpointRegionName = OptionalText(Limit, "endpoint_region_name", "Without endpoint_id: its region; any when not set.");

        public static readonly ImmutableArray<OptionDefinition> All =
        [
            PolicyDefaultRule, PolicyDirs, EnforceScope, EnforceNewDefaults,
            LimitAuthUrl, LimitUsername, LimitPassword, LimitSystemScope, LimitProjectName, LimitUserDomainName, LimitUserDomainId, LimitProjectDomainName, LimitProjectDomainId,
            LimitRegionName, LimitCafile, LimitInsecure, EndpointId, EndpointServiceType, EndpointServiceName, EndpointRegionName,
        ];
    }
}
