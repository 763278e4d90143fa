using System.Text.Json;
using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Tests.Rendering;

/// <summary>Variables from a JSON document.</summary>
internal sealed class DocumentVariables(IReadOnlyDictionary<string, object?> values) : IVariables
{
    public static DocumentVariables None { get; } = new(new Dictionary<string, object?>());

    public static DocumentVariables FromJson(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new DocumentVariables((IReadOnlyDictionary<string, object?>)From(document.RootElement)!);
    }

    public bool TryGet(string name, out object? value) => values.TryGetValue(name, out value);

    private static object? From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.Array => element.EnumerateArray().Select(From).ToArray(),
        JsonValueKind.Object => Members(element),
        _ => null,
    };

    private static OrderedDictionary<string, object?> Members(JsonElement element)
    {
        var map = new OrderedDictionary<string, object?>();
        foreach (JsonProperty member in element.EnumerateObject()) map[member.Name] = From(member.Value);
        return map;
    }
}
