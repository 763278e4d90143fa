using System.Collections.Frozen;
using System.Text.Json;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary>Reads the documents clients send, after checking them against the schemas clients read.</summary>
public sealed class MetadefBody(SchemaDocuments schemas, TimeProvider time)
{
    /// <summary>Whose a namespace is when nobody in particular makes it.</summary>
    private const string Nobody = "admin";

    private static readonly string[] Kinds = ["namespace", "object", "property", "resource_type", "tag"];
    private static readonly string[] ReadOnly = ["self", "schema", "created_at", "updated_at"];
    private static readonly (string List, string Kind)[] Nested = [("resource_type_associations", "resource_type"), ("objects", "object"), ("tags", "tag")];

    private readonly FrozenDictionary<string, DocumentSchema> rules = Kinds.ToFrozenDictionary(
        kind => kind, kind => new DocumentSchema(kind, JsonDocument.Parse(schemas.Get($"metadefs/{kind}")).RootElement));

    /// <summary>Reads one thing.</summary>
    /// <param name="kind">Its schema below <c>metadefs/</c>.</param>
    /// <exception cref="ApiException">400 not such a document, 403 it sets what only the service sets.</exception>
    public async Task<T> ReadAsync<T>(ApiRequest request, string kind, Func<MetadefReader, JsonElement, T> make)
    {
        using JsonDocument body = await JsonBody.ReadAsync(request);
        JsonElement root = AsObject(body);
        foreach (string key in ReadOnly)
        {
            if (root.TryGetProperty(key, out _)) throw ApiException.Forbidden($"Attribute '{key}' is read-only.");
        }

        rules[kind].Validate(root);
        if (kind == "namespace") ValidateNested(root);
        return Make(request.Caller, reader => make(reader, root));
    }

    /// <summary>Reads <c>{"tags": […]}</c>.</summary>
    /// <exception cref="ApiException">400 not such a document.</exception>
    public async Task<IReadOnlyList<MetadefTag>> ReadTagsAsync(ApiRequest request)
    {
        using JsonDocument body = await JsonBody.ReadAsync(request);
        if (!AsObject(body).TryGetProperty("tags", out JsonElement tags) || tags.ValueKind != JsonValueKind.Array) throw ApiException.Malformed("The body must have a list 'tags'.");
        foreach (JsonElement tag in tags.EnumerateArray()) rules["tag"].Validate(tag);
        return Make(request.Caller, reader => tags.EnumerateArray().Select(tag => reader.MakeTag(MetadefReader.NameOf(tag))).ToList());
    }

    /// <summary>The tag a path names.</summary>
    /// <exception cref="ApiException">400 not a name for a tag.</exception>
    public MetadefTag Tag(Caller caller, string name)
    {
        if (name.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0) throw ApiException.Malformed("Tags may not contain 4 byte Unicode characters.");
        return Make(caller, reader => reader.MakeTag(name));
    }

    private static JsonElement AsObject(JsonDocument body) =>
        body.RootElement.ValueKind == JsonValueKind.Object ? body.RootElement : throw ApiException.Malformed("The body must be a JSON object.");

    private void ValidateNested(JsonElement root)
    {
        foreach ((string list, string kind) in Nested)
        {
            if (!root.TryGetProperty(list, out JsonElement items)) continue;
            foreach (JsonElement item in items.EnumerateArray()) rules[kind].Validate(item);
        }
    }

    private T Make<T>(Caller caller, Func<MetadefReader, T> make)
    {
        DateTime now = WholeSeconds.Now(time);
        try
        {
            return make(new MetadefReader(caller.ProjectId ?? Nobody, now, now));
        }
        catch (FormatException e)
        {
            throw ApiException.Malformed(e.Message);
        }
    }
}
