using System.Collections.Frozen;
using System.Text.Json;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary>Writes property definitions in Glance's order of keys; what Glance does not know comes after that.</summary>
public static class PropertyDocument
{
    private static readonly string[] Order =
    [
        "name", "type", "title", "description", "operators", "default", "readonly", "minimum", "maximum", "enum", "pattern", "minLength", "maxLength",
        "confidential", "items", "uniqueItems", "minItems", "maxItems", "additionalItems",
    ];

    private static readonly FrozenSet<string> Known = Order.ToFrozenSet();

    /// <summary>One definition as it is stored.</summary>
    /// <param name="name">What to call it; null for the name it says itself, if any.</param>
    public static void Write(PythonJsonWriter json, JsonElement definition, string? name = null)
    {
        json.BeginObject();
        foreach (string key in Order)
        {
            if (key == "name" && name is not null) Text(json, key, name);
            else if (definition.TryGetProperty(key, out JsonElement value)) Write(json, key, value);
        }

        foreach (JsonProperty other in definition.EnumerateObject().Where(other => !Known.Contains(other.Name))) Write(json, other.Name, other.Value);
        json.EndObject();
    }

    /// <summary>Definitions by name.</summary>
    /// <param name="definitions">A JSON object of them.</param>
    /// <param name="prefix">Stands before every name.</param>
    public static void WriteAll(PythonJsonWriter json, string definitions, string prefix)
    {
        using JsonDocument all = JsonDocument.Parse(definitions);
        json.BeginObject();
        foreach (JsonProperty one in all.RootElement.EnumerateObject())
        {
            json.Name(prefix + one.Name);
            Write(json, one.Value);
        }

        json.EndObject();
    }

    private static void Write(PythonJsonWriter json, string key, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return;
        if (key == "default" && AsPythonText(value) is { } text)
        {
            Text(json, key, text);
            return;
        }

        json.Name(key);
        json.Element(value);
    }

    /// <summary>Defaults of every type are sent as texts, as Python prints them; lists and objects are sent as they are.</summary>
    private static string? AsPythonText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        _ => null,
    };

    private static void Text(PythonJsonWriter json, string key, string value)
    {
        json.Name(key);
        json.Text(value);
    }
}
