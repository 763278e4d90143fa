using System.Text.Json;

namespace KollaNet.ImageService.Identity;

/// <summary>A user with a password, wanting a token for a project. Source: Identity API v3, password authentication with scoped authorization.</summary>
internal sealed record PasswordCredentials(string Username, string Password, string ProjectName)
{
    /// <summary>Domain id; null when <see cref="UserDomainName"/> says it.</summary>
    public string? UserDomainId { get; init; }

    /// <summary>Domain name; <c>Default</c> when nothing says it.</summary>
    public string? UserDomainName { get; init; }

    /// <summary>Domain id; null when <see cref="ProjectDomainName"/> says it.</summary>
    public string? ProjectDomainId { get; init; }

    /// <summary>Domain name; <c>Default</c> when nothing says it.</summary>
    public string? ProjectDomainName { get; init; }

    /// <summary>The body of <c>POST /v3/auth/tokens</c>.</summary>
    public byte[] ToDocument()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartObject("auth");
            json.WriteStartObject("identity");
            json.WriteStartArray("methods");
            json.WriteStringValue("password");
            json.WriteEndArray();
            json.WriteStartObject("password");
            json.WriteStartObject("user");
            json.WriteString("name", Username);
            json.WriteString("password", Password);
            WriteDomain(json, UserDomainId, UserDomainName);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject("scope");
            json.WriteStartObject("project");
            json.WriteString("name", ProjectName);
            WriteDomain(json, ProjectDomainId, ProjectDomainName);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    private static void WriteDomain(Utf8JsonWriter json, string? id, string? name)
    {
        json.WriteStartObject("domain");
        if (id is { Length: > 0 }) json.WriteString("id", id);
        else json.WriteString("name", name is { Length: > 0 } ? name : "Default");
        json.WriteEndObject();
    }
}
