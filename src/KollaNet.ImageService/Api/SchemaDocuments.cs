using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KollaNet.ImageService.Api;

/// <summary>The JSON-schema documents clients read, and the same descriptions as rules for what clients send. One resource file per thing; documents of
/// collections are made from them. Source: image-api reference 2.14.</summary>
public sealed class SchemaDocuments
{
    private readonly FrozenDictionary<string, byte[]> documents;

    /// <param name="diskFormats">Option <c>disk_formats</c>.</param>
    /// <param name="containerFormats">Option <c>container_formats</c>.</param>
    /// <param name="extra">What the schema file adds.</param>
    public SchemaDocuments(IReadOnlyList<string> diskFormats, IReadOnlyList<string> containerFormats, ExtraProperties extra)
    {
        JsonObject image = Read("image");
        JsonObject properties = image["properties"]!.AsObject();
        properties["disk_format"]!["enum"] = Choices(diskFormats);
        properties["container_format"]!["enum"] = Choices(containerFormats);
        Base = Rules(properties);
        Extra = extra;
        foreach ((string name, JsonNode? rules) in extra.Descriptions)
        {
            JsonNode copy = rules!.DeepClone();
            copy["is_base"] = false;
            properties[name] = copy;
        }

        if (!extra.Required.IsEmpty) image.Insert(image.IndexOf("links"), "required", new JsonArray([.. extra.Required.Select(name => (JsonNode)name)]));
        documents = All(image).ToFrozenDictionary(entry => entry.Path, entry => Encode(entry.Document));
    }

    /// <summary>Rules of the properties every image has.</summary>
    public FrozenDictionary<string, PropertySchema> Base { get; }

    /// <summary>The custom properties the schema file names.</summary>
    public ExtraProperties Extra { get; }

    /// <summary>Paths below <c>/v2/schemas/</c>.</summary>
    public IEnumerable<string> Paths => documents.Keys;

    /// <summary>The document of a path below <c>/v2/schemas/</c>, ready to send.</summary>
    public ReadOnlyMemory<byte> Get(string path) => documents[path];

    private static IEnumerable<(string Path, JsonObject Document)> All(JsonObject image)
    {
        yield return ("image", image);
        yield return ("images", Collection("images", image, paged: true));
        yield return ("member", Read("member"));
        yield return ("members", Collection("members", Read("member"), paged: false));
        yield return ("task", Read("task"));
        yield return ("tasks", Collection("tasks", Without(Read("task"), properties: ["input", "result", "message"]), paged: false));
        foreach ((string one, string many) in new[] { ("namespace", "namespaces"), ("object", "objects"), ("property", "properties"), ("resource_type", "resource_types"), ("tag", "tags") })
        {
            JsonObject single = Read($"metadefs-{one}");
            yield return ($"metadefs/{one}", single);
            yield return ($"metadefs/{many}", one == "property" ? PropertyMap(single) : Collection(one == "resource_type" ? "resource_type_associations" : many, single, paged: true));
        }
    }

    /// <summary>An array of things with their links. Definitions move outside.</summary>
    private static JsonObject Collection(string name, JsonObject single, bool paged) =>
        Wrap(name, single, paged, item => new JsonObject { ["type"] = "array", ["items"] = item });

    /// <summary>Properties are the one collection that is keyed by name, so the items need none.</summary>
    private static JsonObject PropertyMap(JsonObject single) => Wrap("properties", single, paged: true, item =>
    {
        item["required"]!.AsArray().RemoveAll(required => required!.GetValue<string>() == "name");
        return new JsonObject { ["type"] = "object", ["additionalProperties"] = item };
    });

    private static JsonObject Wrap(string name, JsonObject single, bool paged, Func<JsonObject, JsonObject> collect)
    {
        JsonObject properties = new() { [name] = collect(Without(single, "definitions")) };
        if (paged) (properties["first"], properties["next"]) = (Link(), Link());
        properties["schema"] = Link();
        JsonArray links = paged ? new JsonArray(LinkTo("first"), LinkTo("next")) : new JsonArray();
        links.Add((JsonNode)LinkTo("describedby", "schema"));
        var document = new JsonObject { ["name"] = name, ["properties"] = properties, ["links"] = links };
        if (single["definitions"] is { } definitions) document["definitions"] = definitions.DeepClone();
        return document;
    }

    private static JsonObject Link() => new() { ["type"] = "string" };

    private static JsonObject LinkTo(string relation, string? name = null) => new() { ["rel"] = relation, ["href"] = $"{{{name ?? relation}}}" };

    private static JsonObject Without(JsonObject document, string? key = null, string[]? properties = null)
    {
        JsonObject copy = document.DeepClone().AsObject();
        if (key is not null) copy.Remove(key);
        foreach (string property in properties ?? []) copy["properties"]!.AsObject().Remove(property);
        return copy;
    }

    private static JsonArray Choices(IReadOnlyList<string> values) => [null, .. values.Select(value => (JsonNode)JsonValue.Create(value))];

    private static FrozenDictionary<string, PropertySchema> Rules(JsonObject properties)
    {
        using var document = JsonDocument.Parse(properties.ToJsonString());
        return document.RootElement.EnumerateObject().ToFrozenDictionary(property => property.Name, property => PropertySchema.Parse(property.Value));
    }

    private static JsonObject Read(string name) => JsonNode.Parse(Text(name))!.AsObject();

    /// <summary>The text of one resource file.</summary>
    internal static string Text(string name)
    {
        using Stream resource = typeof(SchemaDocuments).Assembly.GetManifestResourceStream($"schemas/{name}.json")
            ?? throw new InvalidOperationException($"The resource schemas/{name}.json is missing.");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    private static byte[] Encode(JsonObject document)
    {
        using var parsed = JsonDocument.Parse(document.ToJsonString());
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.Element(parsed.RootElement);
        return json.Written.ToArray();
    }
}
