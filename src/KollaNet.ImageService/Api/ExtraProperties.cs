using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Api;

/// <summary>The custom properties that a schema file describes: the operator's <c>schema-image.json</c>, or the usual ones. It is an object of properties, or one with
/// <c>properties</c> and <c>required</c>. Source: image-api reference 2.14.</summary>
public sealed class ExtraProperties
{
    /// <summary>Every value is kept as a text, which these have.</summary>
    private static readonly ImmutableArray<string> Storable = ["string", "integer", "number", "boolean", "null"];

    private ExtraProperties(JsonObject descriptions, FrozenDictionary<string, PropertySchema> rules, ImmutableArray<string> required) =>
        (Descriptions, Rules, Required) = (descriptions, rules, required);

    /// <summary>Name to what the file says about it.</summary>
    public JsonObject Descriptions { get; }

    /// <summary>The same as rules.</summary>
    public FrozenDictionary<string, PropertySchema> Rules { get; }

    /// <summary>Names that a new image must have.</summary>
    public ImmutableArray<string> Required { get; }

    /// <summary>Those of the file beside the policy file; the usual ones where there is none.</summary>
    /// <exception cref="ConfigurationInvalidException">Everything that is wrong with the file.</exception>
    public static ExtraProperties Read(GlanceOptions options)
    {
        string file = Path.Combine(Path.GetDirectoryName(options.PolicyFile) ?? "/etc/glance", "schema-image.json");
        try
        {
            if (!File.Exists(file)) return Parse(file, SchemaDocuments.Text("schema-image"), isTried: true);
            return Parse(file, File.ReadAllText(file), isTried: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationInvalidException([$"{file} cannot be read: {e.Message}"]);
        }
        catch (JsonException e)
        {
            throw new ConfigurationInvalidException([$"{file} is not JSON: {e.Message}"]);
        }
    }

    /// <param name="isTried">Its patterns need no look.</param>
    /// <exception cref="JsonException">It is not JSON, or names a key twice.</exception>
    private static ExtraProperties Parse(string file, string text, bool isTried)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new ConfigurationInvalidException([$"{file} is not a JSON object of properties"]);
        bool isWrapped = root.TryGetProperty("properties", out JsonElement inner) && inner.ValueKind == JsonValueKind.Object && !inner.TryGetProperty("type", out _);
        JsonElement properties = isWrapped ? inner : root;

        List<string> problems = [];
        Dictionary<string, PropertySchema> rules = [];
        foreach (JsonProperty property in properties.EnumerateObject())
        {
            if (ReadRules(property.Value, isTried, out string? problem) is { } read) rules[property.Name] = read;
            else problems.Add($"{file}: {property.Name}: {problem}");
        }

        ImmutableArray<string> required = isWrapped && root.TryGetProperty("required", out JsonElement names) ? ReadNames(file, names, problems) : [];
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
        return new ExtraProperties(JsonObject.Create(properties.Clone())!, rules.ToFrozenDictionary(), required);
    }

    private static PropertySchema? ReadRules(JsonElement rules, bool isTried, out string? problem)
    {
        try
        {
            PropertySchema schema = PropertySchema.Parse(rules);
            if (!isTried) schema.RequirePatterns();
            string? other = schema.Types.FirstOrDefault(type => !Storable.Contains(type));
            problem = other is null ? null : $"values of type '{other}' cannot be kept; supported are {string.Join(", ", Storable)}";
            return other is null ? schema : null;
        }
        catch (FormatException e)
        {
            problem = e.Message;
            return null;
        }
    }

    private static ImmutableArray<string> ReadNames(string file, JsonElement names, List<string> problems)
    {
        if (names.ValueKind == JsonValueKind.Array && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)) return [.. names.EnumerateArray().Select(name => name.GetString()!)];
        problems.Add($"{file}: required is not a list of names");
        return [];
    }
}
