using System.Text.Json;

namespace KollaNet.ImageService.Identity;

/// <summary>The body of a login by password. Source: Identity API v3, password authentication with scoped authorization.</summary>
internal static class KeystoneLogin
{
    /// <summary>For a token of the options' project, or of the whole system.</summary>
    public static byte[] Document(KeystoneOptions options)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartObject("auth");
            WriteIdentity(json, options);
            WriteScope(json, options);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    private static void WriteIdentity(Utf8JsonWriter json, KeystoneOptions options)
    {
        json.WriteStartObject("identity");
        json.WriteStartArray("methods");
        json.WriteStringValue("password");
        json.WriteEndArray();
        json.WriteStartObject("password");
        json.WriteStartObject("user");
        json.WriteString("name", options.Username);
        json.WriteString("password", options.Password);
        WriteDomain(json, options.UserDomainId, options.UserDomainName);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteScope(Utf8JsonWriter json, KeystoneOptions options)
    {
        json.WriteStartObject("scope");
        if (options.IsForSystem)
        {
            json.WriteStartObject("system");
            json.WriteBoolean("all", true);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartObject("project");
            json.WriteString("name", options.ProjectName);
            WriteDomain(json, options.ProjectDomainId, options.ProjectDomainName);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteDomain(Utf8JsonWriter json, string? id, string? name)
    {
        json.WriteStartObject("domain");
        if (id is { Length: > 0 }) json.WriteString("id", id);
        else json.WriteString("name", name is { Length: > 0 } ? name : "Default");
        json.WriteEndObject();
    }
}
