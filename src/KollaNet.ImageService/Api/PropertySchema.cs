using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Api;

/// <summary>The rules of one property, as far as JSON-schema documents of images use them.</summary>
public sealed class PropertySchema
{
    private static readonly ImmutableArray<string> KnownTypes = ["null", "string", "boolean", "integer", "number", "array", "object"];

    /// <summary>What else can refuse a value; it must not look as if it did.</summary>
    private static readonly ImmutableArray<string> Unsupported = ["$ref", "allOf", "anyOf", "const", "exclusiveMaximum", "exclusiveMinimum", "if", "multipleOf", "not", "oneOf"];

    /// <summary>Patterns that can take for ever are given up after this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ImmutableArray<JsonElement>? choices;
    private readonly int? maxLength;
    private readonly int? minLength;
    private readonly double? maximum;
    private readonly double? minimum;
    private readonly Lazy<Regex>? pattern;   // Made when it is needed: a start should not wait for it.
    private readonly PropertySchema? items;

    private PropertySchema(JsonElement rules)
    {
        if (rules.ValueKind != JsonValueKind.Object) throw new FormatException("it is not an object of rules");
        if (Unsupported.FirstOrDefault(keyword => rules.TryGetProperty(keyword, out _)) is { } other)
            throw new FormatException($"'{other}' is not supported; supported are type, enum, minLength, maxLength, pattern, minimum and maximum");
        if (rules.TryGetProperty("type", out JsonElement type)) Types = ReadTypes(type);
        if (rules.TryGetProperty("enum", out JsonElement values))
            choices = values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray().Select(one => one.Clone())] : throw new FormatException("enum is not a list");
        (minLength, maxLength) = (ReadLength(rules, "minLength"), ReadLength(rules, "maxLength"));
        (minimum, maximum) = (ReadNumber(rules, "minimum"), ReadNumber(rules, "maximum"));
        if (rules.TryGetProperty("pattern", out JsonElement regex)) pattern = regex.ValueKind == JsonValueKind.String ? ReadLater(regex.GetString()!) : throw new FormatException("pattern is not a text");
        if (rules.TryGetProperty("items", out JsonElement inner)) items = new PropertySchema(inner);
    }

    /// <summary>In JSON schema's words; empty for any.</summary>
    public ImmutableArray<string> Types { get; } = [];

    /// <summary>Reads the rules of one property.</summary>
    /// <exception cref="FormatException">They are none, or ask for what is not supported.</exception>
    public static PropertySchema Parse(JsonElement rules) => new(rules);

    /// <summary>Looks whether the patterns are regular expressions.</summary>
    /// <exception cref="FormatException">One is none.</exception>
    public void RequirePatterns()
    {
        _ = pattern?.Value;
        items?.RequirePatterns();
    }

    /// <exception cref="ApiException">400, naming the property and the rule it breaks.</exception>
    public void Validate(string name, JsonElement value)
    {
        if (Types.Length > 0 && !Types.Any(type => IsOfType(value, type))) throw Broken(name, $"{Shown(value)} is not of type {string.Join(", ", Types.Select(type => $"'{type}'"))}");
        if (choices is { } allowed && !allowed.Any(one => JsonElement.DeepEquals(one, value))) throw Broken(name, $"{Shown(value)} is not one of [{string.Join(", ", allowed.Select(Shown))}]");
        if (value.ValueKind == JsonValueKind.String) ValidateText(name, value.GetString()!);
        if (value.ValueKind == JsonValueKind.Number) ValidateNumber(name, value);
        if (value.ValueKind == JsonValueKind.Array && items is not null)
        {
            foreach (JsonElement item in value.EnumerateArray()) items.Validate(name, item);
        }
    }

    private static ImmutableArray<string> ReadTypes(JsonElement type)
    {
        JsonElement[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : [type];
        foreach (JsonElement one in types)
        {
            if (one.ValueKind != JsonValueKind.String || !KnownTypes.Contains(one.GetString()!)) throw new FormatException($"{Shown(one)} is not a type of JSON schema");
        }

        return [.. types.Select(one => one.GetString()!)];
    }

    private static int? ReadLength(JsonElement rules, string keyword) => !rules.TryGetProperty(keyword, out JsonElement length)
        ? null
        : length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int number) && number >= 0 ? number : throw new FormatException($"{keyword} is not a number of characters");

    private static double? ReadNumber(JsonElement rules, string keyword) => !rules.TryGetProperty(keyword, out JsonElement limit)
        ? null
        : limit.ValueKind == JsonValueKind.Number ? limit.GetDouble() : throw new FormatException($"{keyword} is not a number");

    private static Lazy<Regex> ReadLater(string pattern) => new(() => ReadPattern(pattern));

    private static Regex ReadPattern(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Patience);
        }
        catch (NotSupportedException)
        {
            // It looks around or refers back, which takes the kind of search that can be led astray.
            return new Regex(text, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"pattern is not a regular expression ({e.Message})", e);
        }
    }

    private void ValidateText(string name, string text)
    {
        if (text.Length > maxLength) throw Broken(name, $"the value is longer than {maxLength} characters");
        if (text.Length < minLength) throw Broken(name, $"the value is shorter than {minLength} characters");
        if (pattern is null) return;
        try
        {
            if (!pattern.Value.IsMatch(text)) throw Broken(name, $"'{text}' does not match '{pattern.Value}'");
        }
        catch (RegexMatchTimeoutException)
        {
            throw Broken(name, $"whether the value matches '{pattern.Value}' could not be found out within {Patience.TotalSeconds} s");
        }
    }

    private void ValidateNumber(string name, JsonElement value)
    {
        double number = value.GetDouble();
        if (number < minimum) throw Broken(name, $"{Shown(value)} is less than the minimum of {minimum}");
        if (number > maximum) throw Broken(name, $"{Shown(value)} is greater than the maximum of {maximum}");
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
