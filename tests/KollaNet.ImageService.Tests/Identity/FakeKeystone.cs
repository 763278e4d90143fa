using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KollaNet.ImageService.Tests.Identity;

/// <summary>The two calls of Keystone the service makes, on a loopback socket, answering as Keystone 22 was recorded to answer.</summary>
public sealed class FakeKeystone : IAsyncDisposable
{
    public const string Password = "service-password";
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Token> tokens = new();
    private readonly ConcurrentQueue<string> questions = new();
    private int logins;

    private FakeKeystone(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port));
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>How often the service asked for a token of its own.</summary>
    public int Logins => logins;

    /// <summary>The query string of every validation, in order.</summary>
    public IReadOnlyCollection<string> Questions => questions;

    public TimeSpan OwnTokenLife { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What <c>/v3/registered_limits</c> says, by resource.</summary>
    public ConcurrentDictionary<string, int> RegisteredLimits { get; } = new();

    /// <summary>What <c>/v3/limits</c> says, by project and resource.</summary>
    public ConcurrentDictionary<(string Project, string Resource), int> Limits { get; } = new();

    /// <param name="port">0 for a free one.</param>
    public static async Task<FakeKeystone> StartAsync(CancellationToken cancel, int port = 0)
    {
        var keystone = new FakeKeystone(port);
        await keystone.app.StartAsync(cancel);
        return keystone;
    }

    /// <summary>Makes a token good; <paramref name="edit"/> changes its document.</summary>
    public void Add(string token, string? project, string[] roles, DateTimeOffset? expiresAt = null, Action<JsonObject>? edit = null) =>
        tokens[token] = new Token(Document(project, roles, expiresAt ?? DateTimeOffset.UtcNow.AddHours(1), edit), expiresAt ?? DateTimeOffset.MaxValue);

    /// <summary>Makes a token bad.</summary>
    public void Revoke(string token) => tokens.TryRemove(token, out _);

    /// <summary>Makes every token of the service itself bad.</summary>
    public void RevokeOwn()
    {
        foreach (string own in tokens.Keys.Where(token => token.StartsWith("own-", StringComparison.Ordinal))) Revoke(own);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static string Document(string? project, string[] roles, DateTimeOffset expiresAt, Action<JsonObject>? edit)
    {
        var token = new JsonObject
        {
            ["methods"] = new JsonArray("password"),
            ["user"] = new JsonObject { ["domain"] = new JsonObject { ["id"] = "default", ["name"] = "Default" }, ["id"] = "user-of-" + project, ["name"] = "someone", ["password_expires_at"] = null },
            ["audit_ids"] = new JsonArray("x"),
            ["expires_at"] = expiresAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["issued_at"] = "2026-11-22T11:17:55.000000Z",
        };
        if (project is not null) token["project"] = new JsonObject { ["domain"] = new JsonObject { ["id"] = "default", ["name"] = "Default" }, ["id"] = project, ["name"] = project };
        token["is_domain"] = false;
        token["roles"] = new JsonArray([.. roles.Select(role => (JsonNode)new JsonObject { ["id"] = "id-" + role, ["name"] = role })]);
        edit?.Invoke(token);
        return new JsonObject { ["token"] = token }.ToJsonString();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        if (http.Request.Path.StartsWithSegments("/v3/endpoints") || http.Request.Path.Value!.EndsWith("limits", StringComparison.Ordinal)) await SendLimitsAsync(http);
        else if (http.Request.Path != "/v3/auth/tokens") await ErrorAsync(http, 404, "Not Found");
        else if (http.Request.Method == "POST") await LogInAsync(http);
        else await ValidateAsync(http);
    }

    private async Task LogInAsync(HttpContext http)
    {
        JsonNode body = (await JsonNode.ParseAsync(http.Request.Body))!;
        Interlocked.Increment(ref logins);
        if ((string?)body["auth"]!["identity"]!["password"]!["user"]!["password"] != Password)
        {
            await ErrorAsync(http, 401, "Unauthorized");
            return;
        }

        string text = $"own-{Guid.NewGuid():N}";
        bool isForSystem = body["auth"]!["scope"]!["system"] is not null;
        Add(text, isForSystem ? null : "service", ["service", "admin"], DateTimeOffset.UtcNow + OwnTokenLife, token =>
        {
            if (isForSystem) token["system"] = new JsonObject { ["all"] = true };
        });
        http.Response.StatusCode = 201;
        http.Response.Headers["X-Subject-Token"] = text;
        await http.Response.WriteAsync(tokens[text].Document);
    }

    private async Task ValidateAsync(HttpContext http)
    {
        questions.Enqueue(http.Request.QueryString.Value ?? "");
        string subject = http.Request.Headers["X-Subject-Token"].ToString();
        if (!tokens.ContainsKey(http.Request.Headers["X-Auth-Token"].ToString())) await ErrorAsync(http, 401, "Unauthorized");
        else if (!tokens.TryGetValue(subject, out Token? token) || (token.ExpiresAt <= DateTimeOffset.UtcNow && http.Request.Query["allow_expired"] != "1")) await ErrorAsync(http, 404, "Not Found");
        else
        {
            http.Response.Headers["X-Subject-Token"] = subject;
            await http.Response.WriteAsync(token.Document);
        }
    }

    /// <summary>Like Keystone, shows limits of projects to tokens of the whole system only.</summary>
    private async Task SendLimitsAsync(HttpContext http)
    {
        JsonObject Entry(string resource, int value, string name, string? project) => new()
        {
            ["service_id"] = "image-service",
            ["region_id"] = "RegionOne",
            ["resource_name"] = resource,
            [name] = value,
            ["project_id"] = project,
        };
        string path = http.Request.Path.Value!;
        bool isForSystem = tokens.TryGetValue(http.Request.Headers["X-Auth-Token"].ToString(), out Token? token) && token.Document.Contains("\"system\"");
        JsonObject document = path switch
        {
            "/v3/endpoints/image-endpoint" => new() { ["endpoint"] = new JsonObject { ["service_id"] = "image-service", ["region_id"] = "RegionOne" } },
            "/v3/registered_limits" => new() { ["registered_limits"] = new JsonArray([.. RegisteredLimits.Select(limit => Entry(limit.Key, limit.Value, "default_limit", null))]) },
            "/v3/limits" => new() { ["limits"] = new JsonArray([.. Limits.Where(_ => isForSystem).Select(limit => Entry(limit.Key.Resource, limit.Value, "resource_limit", limit.Key.Project))]) },
            _ => [],
        };
        if (document.Count == 0) await ErrorAsync(http, 404, "Not Found");
        else if (token is null) await ErrorAsync(http, 401, "Unauthorized");
        else await http.Response.WriteAsync(document.ToJsonString());
    }

    private static async Task ErrorAsync(HttpContext http, int status, string title)
    {
        http.Response.StatusCode = status;
        await http.Response.WriteAsync($"{{\"error\":{{\"code\":{status},\"message\":\"The request you have made requires authentication.\",\"title\":\"{title}\"}}}}\n");
    }

    private sealed record Token(string Document, DateTimeOffset ExpiresAt);
}
