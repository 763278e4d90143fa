using System.Text.Json;

namespace KollaNet.ImageService.Api;

/// <summary>The two ways Glance lets a change be written.</summary>
public enum PatchDialect
{
    /// <summary><c>[{"replace": "/name", "value": …}]</c></summary>
    V20,

    /// <summary><c>[{"op": "replace", "path": "/name", "value": …}]</c></summary>
    V21,
}

/// <summary>One change.</summary>
/// <param name="Verb"><c>add</c>, <c>replace</c> or <c>remove</c>.</param>
/// <param name="Path">The decoded segments of the pointer.</param>
/// <param name="Value">Undefined for <c>remove</c>.</param>
public sealed record PatchOperation(string Verb, string[] Path, JsonElement Value)
{
    /// <summary>The property.</summary>
    public string Name => Path[0];
}

/// <summary>Reads the body of <c>PATCH /v2/images/{id}</c>. Source: image-api reference 2.5.</summary>
public static class ImagePatch
{
    private const string MediaType20 = "application/openstack-images-v2.0-json-patch", MediaType21 = "application/openstack-images-v2.1-json-patch";
    private static readonly string[] Verbs = ["add", "replace", "remove"];

    /// <exception cref="ApiException">415, with <c>Accept-Patch</c>.</exception>
    public static PatchDialect DialectOf(string? mediaType) => mediaType?.Split(';')[0].Trim().ToLowerInvariant() switch
    {
        MediaType20 => PatchDialect.V20,
        MediaType21 => PatchDialect.V21,
        _ => throw new ApiException(StatusCodes.Status415UnsupportedMediaType) { Headers = [new("Accept-Patch", $"{MediaType20}, {MediaType21}")] },
    };

    /// <exception cref="ApiException">400: not a list of operations.</exception>
    public static IReadOnlyList<PatchOperation> Parse(JsonElement body, PatchDialect dialect)
    {
        if (body.ValueKind != JsonValueKind.Array) throw ApiException.Malformed("Request body must be a JSON array of operation objects.");
        return [.. body.EnumerateArray().Select(operation => ParseOne(operation, dialect))];
    }

    private static PatchOperation ParseOne(JsonElement operation, PatchDialect dialect)
    {
        if (operation.ValueKind != JsonValueKind.Object) throw ApiException.Malformed("Operations must be JSON objects.");
        (string verb, string pointer) = dialect == PatchDialect.V20 ? ReadV20(operation) : ReadV21(operation);
        string[] path = ParsePointer(pointer);
        if (verb != "remove" && !operation.TryGetProperty("value", out _)) throw ApiException.Malformed($"Operation \"{verb}\" requires a member named \"value\".");
        return new PatchOperation(verb, path, verb == "remove" ? default : operation.GetProperty("value"));
    }

    private static (string Verb, string Pointer) ReadV20(JsonElement operation)
    {
        string[] named = [.. Verbs.Where(verb => operation.TryGetProperty(verb, out _))];
        if (named.Length != 1) throw ApiException.Malformed("Operation objects must contain exactly one member named \"add\", \"remove\", or \"replace\".");
        return (named[0], Text(operation, named[0]));
    }

    private static (string Verb, string Pointer) ReadV21(JsonElement operation)
    {
        string verb = Text(operation, "op");
        if (!Verbs.Contains(verb)) throw ApiException.Malformed("Operations must be \"add\", \"remove\" or \"replace\".");
        return (verb, Text(operation, "path"));
    }

    private static string Text(JsonElement operation, string member) =>
        operation.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw ApiException.Malformed($"Operations need a member \"{member}\" that is a string.");

    private static string[] ParsePointer(string pointer)
    {
        if (!pointer.StartsWith('/')) throw ApiException.Malformed($"Pointer `{pointer}` does not start with \"/\".");
        string[] segments = pointer[1..].Split('/');
        if (segments.Any(segment => segment.Trim().Length == 0)) throw ApiException.Malformed($"Pointer `{pointer}` contains an empty segment.");
        for (int i = 0; i < segments.Length; i++) segments[i] = Unescape(segments[i], pointer);
        if (segments.Length > (segments[0] == "locations" ? 2 : 1)) throw ApiException.Malformed($"Pointer `{pointer}` does not name a property.");
        return segments;
    }

    /// <summary><c>~1</c> is a slash and <c>~0</c> a tilde; a tilde before anything else is a mistake.</summary>
    private static string Unescape(string segment, string pointer)
    {
        for (int at = segment.IndexOf('~'); at >= 0; at = segment.IndexOf('~', at + 1))
        {
            if (at + 1 == segment.Length || segment[at + 1] is not ('0' or '1')) throw ApiException.Malformed($"Pointer `{pointer}` contains \"~\" not part of a recognized escape sequence.");
        }

        return segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }
}
