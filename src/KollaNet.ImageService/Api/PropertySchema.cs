using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Api;

/// <summary>The rules of one property, as far as JSON-schema documents of images use them.</summary>
public sealed class PropertySchema
{
    private readonly ImmutableArray<string> types;
    private readonly ImmutableArray<string?>? choices;
    private readonly int? maxLength;
    private readonly int? minLength;
    private readonly Regex? pattern;
    private readonly PropertySchema? items;

    private PropertySchema(JsonElement rules)
    {
        types = rules.TryGetProperty("type", out JsonElement type)
            ? type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(one => one.GetString()!)] : [type.GetString()!]
            : [];
        if (rules.TryGetProperty("enum", out JsonElement values)) choices = [.. values.EnumerateArray().Select(one => one.GetString())];
        if (rules.TryGetProperty("maxLength", out JsonElement max)) maxLength = max.GetInt32();
        if (rules.TryGetProperty("minLength", out JsonElement min)) minLength = min.GetInt32();
        if (rules.TryGetProperty("pattern", out JsonElement regex)) pattern = new Regex(regex.GetString()!, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        if (rules.TryGetProperty("items", out JsonElement inner)) items = new PropertySchema(inner);
    }

    /// <summary>Reads the rules of one property.</summary>
    public static PropertySchema Parse(JsonElement rules) => new(rules);

    /// <exception cref="ApiException">400, naming the property and the rule it breaks.</exception>
    public void Validate(string name, JsonElement value)
    {
        if (types.Length > 0 && !types.Any(type => IsOfType(value, type))) throw Broken(name, $"{Shown(value)} is not of type {string.Join(", ", types.Select(type => $"'{type}'"))}");
        if (choices is { } allowed && value.ValueKind is JsonValueKind.String or JsonValueKind.Null && !allowed.Contains(value.GetString()))
            throw Broken(name, $"{Shown(value)} is not one of [{string.Join(", ", allowed.Select(one => one is null ? "None" : $"'{one}'"))}]");
        if (value.ValueKind == JsonValueKind.String) ValidateText(name, value.GetString()!);
        if (value.ValueKind == JsonValueKind.Array && items is not null)
        {
            foreach (JsonElement item in value.EnumerateArray()) items.Validate(name, item);
        }
    }

    private void ValidateText(string name, string text)
    {
        if (text.Length > maxLength) throw Broken(name, $"the value is longer than {maxLength} characters");
        if (text.Length < minLength) throw Broken(name, $"the value is shorter than {minLength} characters");
        if (pattern is not null && !pattern.IsMatch(text)) throw Broken(name, $"'{text}' does not match '{pattern}'");
    }

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => true,
    };

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"'{value.GetString()}'",
        JsonValueKind.Null => "None",
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        _ => value.GetRawText(),
    };

    private static ApiException Broken(string name, string why) => ApiException.Malformed($"Provided object does not match schema 'image': {why} (property '{name}')");
}
