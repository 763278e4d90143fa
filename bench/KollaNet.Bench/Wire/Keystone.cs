using System.Net.Http.Headers;
using System.Text.Json;

namespace KollaNet.Bench.Wire;

/// <summary>A token and the project it is for.</summary>
internal sealed record Login(string Token, string? ProjectId);

/// <summary>Logs in with the <c>OS_*</c> variables that an openrc file sets.</summary>
internal static class Keystone
{
    /// <exception cref="InvalidOperationException">A variable is missing, or Keystone refuses.</exception>
    public static async Task<Login> LogInAsync(CancellationToken cancel)
    {
        string user = Variable("OS_USERNAME"), userDomain = Variable("OS_USER_DOMAIN_NAME"), project = Variable("OS_PROJECT_NAME"), projectDomain = Variable("OS_PROJECT_DOMAIN_NAME");
        var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body)) Write(json, user, userDomain, Variable("OS_PASSWORD"), project, projectDomain);
        using var http = new HttpClient();
        using var content = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        string root = Variable("OS_AUTH_URL").TrimEnd('/');
        using HttpResponseMessage answer = await http.PostAsync(new Uri((root.EndsWith("/v3", StringComparison.Ordinal) ? root : root + "/v3") + "/auth/tokens"), content, cancel);
        string text = await answer.Content.ReadAsStringAsync(cancel);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"Keystone answered {(int)answer.StatusCode}: {text}");
        using JsonDocument token = JsonDocument.Parse(text);
        return new Login(answer.Headers.GetValues("X-Subject-Token").First(), token.RootElement.GetProperty("token").GetProperty("project").GetProperty("id").GetString());
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set: source an openrc file, or give --token.");

    private static void Write(Utf8JsonWriter json, string user, string userDomain, string password, string project, string projectDomain)
    {
        json.WriteStartObject();
        json.WriteStartObject("auth");
        json.WriteStartObject("identity");
        json.WriteStartArray("methods");
        json.WriteStringValue("password");
        json.WriteEndArray();
        json.WriteStartObject("password");
        json.WriteStartObject("user");
        json.WriteString("name", user);
        WriteDomain(json, userDomain);
        json.WriteString("password", password);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("scope");
        json.WriteStartObject("project");
        json.WriteString("name", project);
        WriteDomain(json, projectDomain);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDomain(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject("domain");
        json.WriteString("name", name);
        json.WriteEndObject();
    }
}
