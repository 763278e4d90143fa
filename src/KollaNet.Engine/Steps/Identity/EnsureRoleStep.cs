using System.Collections.Immutable;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps.Identity;

/// <summary>A role that must exist.</summary>
public sealed record EnsureRoleStep(StepId Id, string Service, ImmutableArray<StepId> After, IdentityServer Server) : IdentityStep(Id, Service, After, Server)
{
    private protected override async Task<List<string>> EnsureAsync(IdentitySession keystone, bool act, CancellationToken cancel)
    {
        if (await keystone.FindAsync("roles", Id.Subject, cancel) is not null) return [];
        if (act) await keystone.CreateAsync("roles", "role", json => json.WriteString("name", Id.Subject), cancel);
        return ["role created"];
    }
}

/// <summary>A project that must exist in domain Default.</summary>
public sealed record EnsureProjectStep(StepId Id, string Service, ImmutableArray<StepId> After, IdentityServer Server) : IdentityStep(Id, Service, After, Server)
{
    private protected override async Task<List<string>> EnsureAsync(IdentitySession keystone, bool act, CancellationToken cancel)
    {
        if (await keystone.FindAsync("projects", Id.Subject, cancel) is not null) return [];
        if (act)
            await keystone.CreateAsync("projects", "project", json =>
            {
                json.WriteString("name", Id.Subject);
                json.WriteString("domain_id", "default");
            }, cancel);
        return ["project created"];
    }
}
