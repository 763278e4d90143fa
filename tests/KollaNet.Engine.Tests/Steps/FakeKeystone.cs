using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KollaNet.Engine.Tests.Steps;

/// <summary>As much of Keystone's v3 API as registration uses, on a loopback socket: tokens, users, projects, roles, assignments, services, endpoints.</summary>
public sealed class FakeKeystone : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Lock gate = new();
    private readonly HashSet<string> tokens = [];
    private int lastId;

    public FakeKeystone()
    {
        Url = $"http://127.0.0.1:{FreePort()}";
        listener.Prefixes.Add(Url + "/");
        listener.Start();
        foreach (string collection in (string[])["users", "projects", "roles", "services", "endpoints"]) Collections[collection] = [];
        Add("users", new JsonObject { ["name"] = "admin", ["domain_id"] = "default" });
        Add("projects", new JsonObject { ["name"] = "admin", ["domain_id"] = "default" });
        Add("roles", new JsonObject { ["name"] = "admin" });
        Passwords["admin"] = "admin-pass";
        _ = ServeAsync();
    }

    public string Url { get; }

    public Dictionary<string, List<JsonObject>> Collections { get; } = [];

    public Dictionary<string, string> Passwords { get; } = [];

    /// <summary><c>project/user/role</c> ids.</summary>
    public HashSet<string> Assignments { get; } = [];

    public ConcurrentQueue<string> Requests { get; } = new();

    public int TokensGiven { get; private set; }

    public string Add(string collection, JsonObject item)
    {
        string id = $"id{++lastId:0000}";
        item["id"] = id;
        Collections[collection].Add(item);
        return id;
    }

    /// <summary>Every token given so far stops working, as after a change of the fernet keys.</summary>
    public void ForgetTokens()
    {
        lock (gate) tokens.Clear();
    }

    public void Dispose() => listener.Close();

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                HttpListenerContext context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                string body = await reader.ReadToEndAsync();
                lock (gate) Answer(context, body.Length == 0 ? null : (JsonObject)JsonNode.Parse(body)!);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(HttpListenerContext context, JsonObject? body)
    {
        HttpListenerRequest request = context.Request;
        Requests.Enqueue($"{request.HttpMethod} {request.Url!.AbsolutePath}");
        string[] path = [.. request.Url.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
        if (path is ["auth", "tokens"]) LogIn(context, body!);
        else if (request.Headers["X-Auth-Token"] is not { } token || !tokens.Contains(token)) Send(context, 401, null);
        else if (path is ["projects", var project, "users", var user, "roles", ..]) Assign(context, project, user, path.Length > 5 ? path[5] : null);
        else Items(context, path, body);
    }

    private void LogIn(HttpListenerContext context, JsonObject body)
    {
        JsonNode user = body["auth"]!["identity"]!["password"]!["user"]!;
        if (Passwords.GetValueOrDefault((string)user["name"]!) != (string)user["password"]!)
        {
            Send(context, 401, null);
            return;
        }
        string token = $"token{++TokensGiven}";
        tokens.Add(token);
        context.Response.Headers["X-Subject-Token"] = token;
        Send(context, 201, new JsonObject { ["token"] = new JsonObject() });
    }

    private void Assign(HttpListenerContext context, string project, string user, string? role)
    {
        if (role is not null) Assignments.Add($"{project}/{user}/{role}");
        JsonArray roles = [.. Collections["roles"].Where(item => Assignments.Contains($"{project}/{user}/{item["id"]}")).Select(item => item.DeepClone())];
        Send(context, role is null ? 200 : 204, role is null ? new JsonObject { ["roles"] = roles } : null);
    }

    private void Items(HttpListenerContext context, string[] path, JsonObject? body)
    {
        List<JsonObject> items = Collections[path[0]];
        JsonObject? one = path.Length > 1 ? items.FirstOrDefault(item => (string)item["id"]! == path[1]) : null;
        string wrapper = path[0][..^1];
        switch (context.Request.HttpMethod)
        {
            case "GET":
                Send(context, 200, new JsonObject { [path[0]] = new JsonArray([.. items.Select(item => item.DeepClone())]) });
                break;
            case "POST":
                var made = (JsonObject)body![wrapper]!.DeepClone();
                TakePassword(made);
                Add(path[0], made);
                Send(context, 201, new JsonObject { [wrapper] = made.DeepClone() });
                break;
            case "PATCH" when one is not null:
                foreach ((string key, JsonNode? value) in (JsonObject)body![wrapper]!) one[key] = value?.DeepClone();
                TakePassword(one);
                Send(context, 200, new JsonObject { [wrapper] = one.DeepClone() });
                break;
            case "DELETE" when one is not null:
                items.Remove(one);
                Send(context, 204, null);
                break;
            default:
                Send(context, 404, null);
                break;
        }
    }

    private void TakePassword(JsonObject user)
    {
        if (user["password"] is not { } password) return;
        Passwords[(string)user["name"]!] = (string)password!;
        user.Remove("password");
    }

    private static void Send(HttpListenerContext context, int status, JsonObject? body)
    {
        context.Response.StatusCode = status;
        byte[] bytes = body is null ? [] : Encoding.UTF8.GetBytes(body.ToJsonString(new JsonSerializerOptions { TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver() }));
        context.Response.ContentType = "application/json";
        if (status != 204) context.Response.OutputStream.Write(bytes);
        context.Response.Close();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
