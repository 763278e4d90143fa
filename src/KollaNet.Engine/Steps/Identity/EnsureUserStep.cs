using System.Collections.Immutable;
using System.Text.Json;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps.Identity;

/// <summary>A service user: exists, logs in with our password, has its roles in its project.</summary>
public sealed record EnsureUserStep(StepId Id, string Service, ImmutableArray<StepId> After, IdentityServer Server, DesiredUser User) : IdentityStep(Id, Service, After, Server)
{
    private protected override async Task<List<string>> EnsureAsync(IdentitySession keystone, bool act, CancellationToken cancel)
    {
        var done = new List<string>();
        JsonElement? user = await keystone.FindAsync("users", User.Name, cancel);
        if (user is null)
        {
            done.Add("user created");
            if (act) user = await CreateAsync(keystone, cancel);
        }
        else if (!await keystone.Client.CanLogInAsync(User.Name, User.Password, null, cancel))
        {
            done.Add("password set");
            if (act) await keystone.Client.UpdateAsync($"users/{IdentitySession.Text(user.Value, "id")}", "user", WritePassword, cancel);
        }
        await EnsureRolesAsync(keystone, user, act, done, cancel);
        return done;
    }

    private Task<JsonElement> CreateAsync(IdentitySession keystone, CancellationToken cancel) => keystone.CreateAsync("users", "user", json =>
    {
        json.WriteString("name", User.Name);
        json.WriteString("domain_id", "default");
        WritePassword(json);
    }, cancel);

    private void WritePassword(Utf8JsonWriter json)
    {
        json.WriteString("password", User.Password);
        json.WriteBoolean("enabled", true);
    }

    private async Task EnsureRolesAsync(IdentitySession keystone, JsonElement? user, bool act, List<string> done, CancellationToken cancel)
    {
        // When only looking, user or project may not be there yet; then every role is missing.
        string? userId = user is { } known ? IdentitySession.Text(known, "id") : null;
        string? projectId = await keystone.FindAsync("projects", User.Project, cancel) is { } project ? IdentitySession.Text(project, "id") : null;
        HashSet<string?> has = userId is null || projectId is null ? [] : await AssignedAsync(keystone, userId, projectId, cancel);
        foreach (string role in User.Roles)
        {
            string? roleId = await keystone.FindAsync("roles", role, cancel) is { } found ? IdentitySession.Text(found, "id") : null;
            if (roleId is not null && has.Contains(roleId)) continue;
            done.Add($"role {role} in project {User.Project} granted");
            if (act) await keystone.Client.PutAsync($"projects/{await keystone.IdAsync("projects", User.Project, cancel)}/users/{userId}/roles/{await keystone.IdAsync("roles", role, cancel)}", cancel);
        }
    }

    private static async Task<HashSet<string?>> AssignedAsync(IdentitySession keystone, string userId, string projectId, CancellationToken cancel) =>
        [.. (await keystone.Client.ListAsync($"projects/{projectId}/users/{userId}/roles", "roles", cancel)).Select(role => IdentitySession.Text(role, "id"))];
}
