using System.Text;
using System.Text.Json;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>Makes records from JSON: a file of definitions and a request that makes a namespace have one shape. What is not known is left out.</summary>
/// <param name="owner">Whose a namespace is when it does not say.</param>
/// <param name="createdAt">UTC, for everything read.</param>
/// <param name="updatedAt">UTC, for everything read; null for files.</param>
public sealed class MetadefReader(string owner, DateTime createdAt, DateTime? updatedAt)
{
    /// <summary>What a column of definitions holds.</summary>
    private const int TextBytes = 65535;

    private const int NameLength = 80;

    /// <summary>Reads a namespace with everything in it.</summary>
    /// <exception cref="FormatException">Says which part is wrong.</exception>
    public MetadefContents ReadContents(JsonElement json) => new(ReadNamespace(json))
    {
        Associations = [.. Each(json, "resource_type_associations").Select(ReadAssociation)],
        Properties = [.. Members(json, "properties").Select(property => ReadProperty(property.Name, property.Value))],
        Objects = [.. Each(json, "objects").Select(ReadObject)],
        Tags = [.. Each(json, "tags").Select(tag => MakeTag(NameOf(tag)))],
    };

    /// <summary>Reads a namespace's own fields.</summary>
    /// <exception cref="FormatException">Says which part is wrong.</exception>
    public MetadefNamespace ReadNamespace(JsonElement json) => new()
    {
        Name = NameOf(json, "namespace"),
        DisplayName = Text(json, "display_name"),
        Description = Bounded("description", Text(json, "description")),
        IsPublic = Text(json, "visibility") == "public",
        IsProtected = json.TryGetProperty("protected", out JsonElement isProtected) && isProtected.ValueKind == JsonValueKind.True,
        Owner = Text(json, "owner") ?? owner,
        CreatedAt = createdAt,
        UpdatedAt = updatedAt,
    };

    /// <summary>Reads an association.</summary>
    /// <exception cref="FormatException">Says which part is wrong.</exception>
    public MetadefAssociation ReadAssociation(JsonElement json) => new()
    {
        Name = NameOf(json),
        Prefix = Text(json, "prefix"),
        PropertiesTarget = Text(json, "properties_target"),
        CreatedAt = createdAt,
        UpdatedAt = updatedAt,
    };

    /// <summary>Reads a property.</summary>
    /// <exception cref="FormatException">Says which part is wrong.</exception>
    public MetadefProperty ReadProperty(string name, JsonElement json) => new()
    {
        Name = Named(name),
        Schema = Bounded("property", Compact(Of(json, JsonValueKind.Object, "a property")))!,
        CreatedAt = createdAt,
        UpdatedAt = updatedAt,
    };

    /// <summary>Reads an object.</summary>
    /// <exception cref="FormatException">Says which part is wrong.</exception>
    public MetadefObject ReadObject(JsonElement json) => new()
    {
        Name = NameOf(json),
        Description = Bounded("description", Text(json, "description")),
        Required = [.. Each(json, "required").Select(name => name.ValueKind == JsonValueKind.String ? name.GetString()! : throw Wrong("required", "a list of texts"))],
        Properties = json.TryGetProperty("properties", out JsonElement properties) && properties.ValueKind != JsonValueKind.Null
            ? Bounded("properties", Compact(Of(properties, JsonValueKind.Object, "properties")))! : "{}",
        CreatedAt = createdAt,
        UpdatedAt = updatedAt,
    };

    /// <summary>Makes a tag.</summary>
    /// <exception cref="FormatException">The name is empty or too long.</exception>
    public MetadefTag MakeTag(string name) => new() { Name = Named(name), CreatedAt = createdAt, UpdatedAt = updatedAt };

    /// <summary>The name a thing gives itself.</summary>
    /// <exception cref="FormatException">It has none, or it is empty or too long.</exception>
    public static string NameOf(JsonElement json, string key = "name") => Named(Text(Of(json, JsonValueKind.Object, "an entry"), key) ?? throw new FormatException($"'{key}' is missing."));

    private static string Named(string name) => name.Length is > 0 and <= NameLength ? name : throw new FormatException($"A name must have 1 to {NameLength} characters: '{name}'.");

    private static JsonElement Of(JsonElement json, JsonValueKind kind, string what) => json.ValueKind == kind ? json : throw Wrong(what, $"a JSON {kind.ToString().ToLowerInvariant()}");

    private static string? Text(JsonElement json, string key) => Of(json, JsonValueKind.Object, "an entry").TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
        ? Of(value, JsonValueKind.String, key).GetString() : null;

    private static JsonElement.ArrayEnumerator Each(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement list) && list.ValueKind != JsonValueKind.Null
        ? Of(list, JsonValueKind.Array, key).EnumerateArray() : default;

    private static JsonElement.ObjectEnumerator Members(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement map) && map.ValueKind != JsonValueKind.Null
        ? Of(map, JsonValueKind.Object, key).EnumerateObject() : default;

    private static string? Bounded(string what, string? text) => text is null || Encoding.UTF8.GetByteCount(text) <= TextBytes ? text : throw Wrong(what, $"at most {TextBytes} bytes long");

    private static string Compact(JsonElement json)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text)) json.WriteTo(writer);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static FormatException Wrong(string what, string should) => new($"'{what}' must be {should}.");
}
