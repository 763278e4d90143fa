using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Identity;

/// <summary>One section of a property protection file.</summary>
/// <param name="expression">Matches from the start of a name, as Python's <c>re.match</c> does.</param>
/// <param name="grants">Who may do what; an operation that is not named is nobody's.</param>
internal sealed class PropertyRule(Regex expression, ImmutableDictionary<PropertyOperation, PropertyGrant> grants)
{
    /// <summary>For names that no section covers.</summary>
    public static PropertyRule Nobody { get; } = new(new Regex(""), ImmutableDictionary<PropertyOperation, PropertyGrant>.Empty);

    public bool Covers(string name) => expression.IsMatch(name);

    public bool Allows(PropertyOperation operation, Caller caller) => grants.TryGetValue(operation, out PropertyGrant? grant) && grant.Includes(caller);
}

/// <summary>To whom an operation is granted.</summary>
internal abstract record PropertyGrant
{
    public abstract bool Includes(Caller caller);
}

/// <summary><c>@</c>: everybody. <c>!</c>: nobody.</summary>
internal sealed record ConstantGrant(bool Everybody) : PropertyGrant
{
    public override bool Includes(Caller caller) => Everybody;
}

/// <summary>Callers with one of these roles, their own or their service token's.</summary>
internal sealed record RoleGrant(ImmutableHashSet<string> Roles) : PropertyGrant
{
    public override bool Includes(Caller caller) => Roles.Overlaps(caller.Roles) || Roles.Overlaps(caller.ServiceRoles);
}

/// <summary>Callers whom a rule of the policy file lets through.</summary>
internal sealed record PolicyGrant(string Rule, Policies Policies) : PropertyGrant
{
    public override bool Includes(Caller caller) => Policies.Allows(Rule, caller, PolicyTarget.Of(caller));
}
