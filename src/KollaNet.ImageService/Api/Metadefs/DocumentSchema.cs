using System.Text.Json;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary>Checks documents against the JSON-schema clients read, as far as metadata definitions use that language. Source: JSON Schema draft 4.</summary>
/// <param name="name">For messages.</param>
/// <param name="root">The schema; its <c>definitions</c> are what <c>$ref</c> points to. Must outlive this object.</param>
public sealed class DocumentSchema(string name, JsonElement root)
{
    private const string Definitions = "#/definitions/";

    /// <exception cref="ApiException">400, naming the place and the rule it breaks.</exception>
    public void Validate(JsonElement document) => Check(root, document, "");

    private void Check(JsonElement rules, JsonElement value, string place)
    {
        foreach (JsonProperty rule in rules.EnumerateObject())
        {
            switch (rule.Name)
            {
                case "$ref": Check(Definition(rule.Value.GetString()!), value, place); break;
                case "allOf": foreach (JsonElement part in rule.Value.EnumerateArray()) Check(part, value, place); break;
                case "type": Require(IsOfType(value, rule.Value.GetString()!), place, $"must be of type {rule.Value.GetString()}"); break;
                case "enum": Require(IsOneOf(value, rule.Value), place, $"must be one of {rule.Value.GetRawText()}"); break;
                default: CheckByKind(rule, rules, value, place); break;
            }
        }
    }

    private void CheckByKind(JsonProperty rule, JsonElement rules, JsonElement value, string place)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: CheckText(rule, value.GetString()!, place); break;
            case JsonValueKind.Number: CheckNumber(rule, value, place); break;
            case JsonValueKind.Array: CheckArray(rule, value, place); break;
            case JsonValueKind.Object: CheckObject(rule, rules, value, place); break;
            default: break;
        }
    }

    private void CheckText(JsonProperty rule, string text, string place)
    {
        if (rule.Name == "maxLength") Require(text.Length <= rule.Value.GetInt32(), place, $"may have at most {rule.Value.GetInt32()} characters");
    }

    private void CheckNumber(JsonProperty rule, JsonElement value, string place)
    {
        if (rule.Name == "minimum") Require(value.GetDouble() >= rule.Value.GetDouble(), place, $"must be at least {rule.Value.GetRawText()}");
    }

    private void CheckArray(JsonProperty rule, JsonElement value, string place)
    {
        if (rule.Name == "minItems") Require(value.GetArrayLength() >= rule.Value.GetInt32(), place, $"must have at least {rule.Value.GetInt32()} entries");
        if (rule.Name == "uniqueItems" && rule.Value.ValueKind == JsonValueKind.True)
            Require(value.EnumerateArray().Select(item => item.GetRawText()).Distinct().Count() == value.GetArrayLength(), place, "must not have equal entries");
        if (rule.Name != "items") return;
        int at = 0;
        foreach (JsonElement item in value.EnumerateArray()) Check(rule.Value, item, $"{place}[{at++}]");
    }

    private void CheckObject(JsonProperty rule, JsonElement rules, JsonElement value, string place)
    {
        switch (rule.Name)
        {
            case "required":
                foreach (JsonElement key in rule.Value.EnumerateArray()) Require(value.TryGetProperty(key.GetString()!, out _), place, $"must have '{key.GetString()}'");
                break;
            case "properties":
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    if (rule.Value.TryGetProperty(member.Name, out JsonElement inner)) Check(inner, member.Value, $"{place}/{member.Name}");
                }

                break;
            case "additionalProperties":
                foreach (JsonProperty member in value.EnumerateObject().Where(member => !IsDescribed(rules, member.Name)))
                {
                    Require(rule.Value.ValueKind != JsonValueKind.False, place, $"must not have '{member.Name}'");
                    if (rule.Value.ValueKind == JsonValueKind.Object) Check(rule.Value, member.Value, $"{place}/{member.Name}");
                }

                break;
            default: break;
        }
    }

    private static bool IsDescribed(JsonElement rules, string member) => rules.TryGetProperty("properties", out JsonElement described) && described.TryGetProperty(member, out _);

    private JsonElement Definition(string reference) => root.GetProperty("definitions").GetProperty(reference[Definitions.Length..]);

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    private static bool IsOneOf(JsonElement value, JsonElement choices) => choices.EnumerateArray().Any(choice =>
        choice.ValueKind == value.ValueKind && (value.ValueKind != JsonValueKind.String || choice.GetString() == value.GetString()));

    private void Require(bool holds, string place, string rule)
    {
        if (!holds) throw ApiException.Malformed($"Provided object does not match schema '{name}': {(place.Length == 0 ? "it" : place)} {rule}");
    }
}
