using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps.Identity;

/// <summary>The part of Keystone's v3 API that registering services needs, called as its administrator. One token serves all calls.
/// Source: Identity API v3, api-ref.</summary>
/// <param name="http">Shared with the rest of the run.</param>
public sealed class KeystoneClient(HttpClient http, IdentityServer server) : IDisposable
{
    private readonly SemaphoreSlim tokenGate = new(1, 1);
    private string? token;

    private string Root { get; } = server.AuthUrl.TrimEnd('/') is var url && url.EndsWith("/v3", StringComparison.Ordinal) ? url : url + "/v3";

    /// <summary>True when Keystone gives this user a token; false when it refuses name or password.</summary>
    /// <param name="project">Null for an unscoped token, which needs no role.</param>
    /// <exception cref="KollaNetException">It answered something else, or not at all.</exception>
    public async Task<bool> CanLogInAsync(string user, string password, string? project, CancellationToken cancel) => await LogInAsync(user, password, project, cancel) is not null;

    /// <summary>True when Keystone lets the administrator in; the token is kept for the calls that follow.</summary>
    /// <exception cref="KollaNetException">It answered something else, or not at all.</exception>
    public async Task<bool> CanAdministratorLogInAsync(CancellationToken cancel)
    {
        await tokenGate.WaitAsync(cancel);
        try
        {
            return (token ??= await LogInAsync(server.User, server.Password, server.Project, cancel)) is not null;
        }
        finally
        {
            tokenGate.Release();
        }
    }

    /// <summary>Every item of a collection.</summary>
    /// <param name="path">Below <c>/v3</c>: <c>users</c>.</param>
    /// <param name="collection">The member of the answer that holds the items.</param>
    /// <returns>The items as JSON, detached from the answer.</returns>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string path, string collection, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path, null, cancel);
        using JsonDocument document = await ReadAsync(answer, path, cancel);
        return [.. document.RootElement.GetProperty(collection).EnumerateArray().Select(item => item.Clone())];
    }

    /// <summary>Makes something.</summary>
    /// <param name="wrapper">The member that holds it in request and answer: <c>user</c>.</param>
    /// <returns>What was made.</returns>
    public async Task<JsonElement> CreateAsync(string path, string wrapper, Action<Utf8JsonWriter> fields, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Post, path, Body(wrapper, fields), cancel);
        using JsonDocument document = await ReadAsync(answer, path, cancel);
        return document.RootElement.GetProperty(wrapper).Clone();
    }

    /// <summary>Changes the given fields of something.</summary>
    public async Task UpdateAsync(string path, string wrapper, Action<Utf8JsonWriter> fields, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Patch, path, Body(wrapper, fields), cancel);
    }

    /// <summary>Makes a relation that has no content of its own, such as a role assignment.</summary>
    public async Task PutAsync(string path, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Put, path, null, cancel);
    }

    /// <summary>Deletes something; that it is gone already is fine.</summary>
    public async Task DeleteAsync(string path, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Delete, path, null, cancel, HttpStatusCode.NotFound);
    }

    /// <inheritdoc/>
    public void Dispose() => tokenGate.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancel, HttpStatusCode? alsoFine = null)
    {
        for (int attempt = 0; ; attempt++)
        {
            string current = await TokenAsync(cancel);
            HttpResponseMessage answer = await SendOnceAsync(method, $"{Root}/{path}", body, current, cancel);
            if (answer.IsSuccessStatusCode || answer.StatusCode == alsoFine) return answer;
            using (answer)
            {
                if (answer.StatusCode == HttpStatusCode.Unauthorized && attempt == 0) Forget(current);
                else throw await RefusedAsync(method, path, answer, cancel);
            }
        }
    }

    private async Task<string> TokenAsync(CancellationToken cancel)
    {
        if (Volatile.Read(ref token) is { } known) return known;
        await tokenGate.WaitAsync(cancel);
        try
        {
            return token ??= await LogInAsync(server.User, server.Password, server.Project, cancel) ?? throw new KollaNetException(
                $"Keystone at {server.AuthUrl} does not let user {server.User} in.", "it answered 401: the password in passwords.yml is not the one Keystone knows",
                $"put the password Keystone was set up with back into passwords.yml, or set the new one with 'openstack user password set', then run the same command again");
        }
        finally
        {
            tokenGate.Release();
        }
    }

    private void Forget(string stale) => Interlocked.CompareExchange(ref token, null, stale);

    private async Task<string?> LogInAsync(string user, string password, string? project, CancellationToken cancel)
    {
        byte[] body = JsonBytes.Of(json =>
        {
            json.WriteStartObject("auth");
            json.WriteStartObject("identity");
            json.WriteStartArray("methods");
            json.WriteStringValue("password");
            json.WriteEndArray();
            json.WriteStartObject("password");
            json.WriteStartObject("user");
            json.WriteString("name", user);
            json.WriteString("password", password);
            WriteDefaultDomain(json);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            if (project is not null) WriteScope(json, project);
            json.WriteEndObject();
        });
        using HttpResponseMessage answer = await SendOnceAsync(HttpMethod.Post, $"{Root}/auth/tokens?nocatalog", body, null, cancel);
        if (answer.StatusCode == HttpStatusCode.Unauthorized) return null;
        if (!answer.IsSuccessStatusCode) throw await RefusedAsync(HttpMethod.Post, "auth/tokens", answer, cancel);
        return answer.Headers.TryGetValues("X-Subject-Token", out IEnumerable<string>? values) ? values.First()
            : throw new KollaNetException($"Keystone at {server.AuthUrl} gave no token.", "its answer has no X-Subject-Token header");
    }

    private static void WriteScope(Utf8JsonWriter json, string project)
    {
        json.WriteStartObject("scope");
        json.WriteStartObject("project");
        json.WriteString("name", project);
        WriteDefaultDomain(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDefaultDomain(Utf8JsonWriter json)
    {
        json.WriteStartObject("domain");
        json.WriteString("id", "default");
        json.WriteEndObject();
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, string url, byte[]? body, string? authentication, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, url);
        if (authentication is not null) request.Headers.Add("X-Auth-Token", authentication);
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            return await http.SendAsync(request, patience.Token);
        }
        catch (HttpRequestException e)
        {
            throw new KollaNetException($"Keystone at {server.AuthUrl} cannot be reached.", e.InnerException?.Message ?? e.Message, $"kollanet status {server.Service}", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new KollaNetException($"Keystone at {server.AuthUrl} did not answer within 60 s.", $"{method} {url} was sent and nothing came back", $"kollanet logs {server.Service}", e);
        }
    }

    private async Task<KollaNetException> RefusedAsync(HttpMethod method, string path, HttpResponseMessage answer, CancellationToken cancel)
    {
        string text = await answer.Content.ReadAsStringAsync(cancel);
        string why = $"{method} {Root}/{path} answered {(int)answer.StatusCode}: {(text.Length > 500 ? text[..500] : text)}";
        // 5xx passes by itself more often than not (a worker that restarts, a database that reconnects); the retry around steps looks for this.
        HttpRequestException? passing = (int)answer.StatusCode >= 500 ? new HttpRequestException(why) : null;
        return new KollaNetException($"Keystone at {server.AuthUrl} refused a request.", why, $"kollanet logs {server.Service}", passing);
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage answer, string path, CancellationToken cancel)
    {
        await using Stream stream = await answer.Content.ReadAsStreamAsync(cancel);
        try
        {
            return await JsonDocument.ParseAsync(stream, default, cancel);
        }
        catch (JsonException e)
        {
            throw new KollaNetException("Keystone's answer is not understood.", $"{path}: {e.Message}", null, e);
        }
    }

    private static byte[] Body(string wrapper, Action<Utf8JsonWriter> fields) => JsonBytes.Of(json =>
    {
        json.WriteStartObject(wrapper);
        fields(json);
        json.WriteEndObject();
    });
}
