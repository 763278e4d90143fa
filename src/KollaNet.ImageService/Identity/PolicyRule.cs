namespace KollaNet.ImageService.Identity;

/// <summary>A parsed rule of oslo.policy's language.</summary>
internal abstract record PolicyRule
{
    public abstract bool Allows(Caller caller, PolicyTarget target, Policies policies);
}

/// <summary><c>@</c> or <c>!</c>.</summary>
internal sealed record ConstantRule(bool Allowed) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) => Allowed;
}

/// <summary><c>not x</c>.</summary>
internal sealed record NotRule(PolicyRule Inner) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) => !Inner.Allows(caller, target, policies);
}

/// <summary><c>a and b</c>.</summary>
internal sealed record AndRule(PolicyRule Left, PolicyRule Right) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) =>
        Left.Allows(caller, target, policies) && Right.Allows(caller, target, policies);
}

/// <summary><c>a or b</c>.</summary>
internal sealed record OrRule(PolicyRule Left, PolicyRule Right) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) =>
        Left.Allows(caller, target, policies) || Right.Allows(caller, target, policies);
}

/// <summary><c>rule:name</c>.</summary>
internal sealed record NamedRule(string Name) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) => policies.Allows(Name, caller, target);
}

/// <summary><c>role:name</c>; the name may come from the target.</summary>
internal sealed record RoleRule(PolicyText Role) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) =>
        Role.TryResolve(target, out string role) && caller.Roles.Contains(role.ToLowerInvariant());
}

/// <summary><c>service_roles:name</c>: a role of the accompanying service token.</summary>
internal sealed record ServiceRoleRule(PolicyText Role) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) =>
        Role.TryResolve(target, out string role) && caller.ServiceRoles.Contains(role.ToLowerInvariant());
}

/// <summary><c>project_id:%(owner)s</c>, <c>'public':%(visibility)s</c>: something of the caller's, or a constant, equals a text.</summary>
internal sealed record EqualRule(string Left, bool IsConstant, PolicyText Right) : PolicyRule
{
    public override bool Allows(Caller caller, PolicyTarget target, Policies policies) =>
        Right.TryResolve(target, out string right) && (IsConstant ? Left : OfCaller(caller, Left)) == right;

    /// <summary>Null for an attribute callers do not have, which equals nothing. Nothing's value is Python's word for it, as in oslo.policy.</summary>
    private static string? OfCaller(Caller caller, string attribute) => attribute switch
    {
        "project_id" or "tenant" or "tenant_id" => caller.ProjectId ?? PolicyText.Nothing,
        "user_id" or "user" => caller.UserId ?? PolicyText.Nothing,
        "is_admin" => caller.IsAdmin ? "True" : "False",
        "read_only" => caller.IsReadOnly ? "True" : "False",
        _ => null,
    };
}

/// <summary>A text that is fixed or, as <c>%(name)s</c>, read from the target.</summary>
internal sealed record PolicyText(string Text)
{
    /// <summary>How Python prints a missing value.</summary>
    public const string Nothing = "None";

    private readonly string? name = Text.StartsWith("%(", StringComparison.Ordinal) && Text.EndsWith(")s", StringComparison.Ordinal) ? Text[2..^2] : null;

    /// <returns>False: the target has no such thing, so that whatever is compared with it is not allowed.</returns>
    public bool TryResolve(PolicyTarget target, out string value)
    {
        value = Text;
        if (name is null) return true;
        bool known = target.TryGet(name, out string? found);
        value = found ?? Nothing;
        return known;
    }
}
