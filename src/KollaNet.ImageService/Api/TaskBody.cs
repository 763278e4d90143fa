using System.Text.Json;

namespace KollaNet.ImageService.Api;

/// <summary>Reads the body of <c>POST /v2/tasks</c>. Source: image-api reference 2.13.</summary>
public static class TaskBody
{
    /// <summary>What to fetch, what it is, what becomes of it; valid as long as the body.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static (string Uri, string Format, JsonElement Properties, JsonElement Input) Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw ApiException.Malformed("A task must be represented as a JSON object.");
        string type = Text(body, "type");
        if (type != "import") throw ApiException.Malformed($"Invalid task type: {type}");
        if (!body.TryGetProperty("input", out JsonElement input) || input.ValueKind != JsonValueKind.Object) throw ApiException.Malformed("Task input is missing.");
        if (!input.TryGetProperty("image_properties", out JsonElement properties) || properties.ValueKind != JsonValueKind.Object) throw ApiException.Malformed("Input does not contain 'image_properties' field");
        return (Text(input, "import_from"), Text(input, "import_from_format"), properties, input);
    }

    private static string Text(JsonElement from, string name) => from.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw ApiException.Malformed($"Input does not contain '{name}' field");
}
