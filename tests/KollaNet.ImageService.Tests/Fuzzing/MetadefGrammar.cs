using System.Text;

namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>Makes bodies for every route that takes a metadata definition: right but for one member, which is of another kind, too deep, too many or too long. The same <see cref="Random"/> makes the same.</summary>
internal sealed class MetadefGrammar(Random random, HostileJson json)
{
    private const string Property = """ "title": "P", "type": "string", "operators": ["<or>"], "enum": ["a"], "default": "a", "minLength": 1, "items": {"type": "string", "enum": ["a"]} """;

    private const string Properties = """ "properties": {"p": { """ + Property + "}}";

    /// <summary>Method, path below <c>/v2/metadefs/namespaces</c>, and the members of a body that is right.</summary>
    private static readonly (string Method, string Path, string[] Members)[] Routes =
    [
        ("POST", "", [""" "namespace": "NEW" """, """ "visibility": "public" """, """ "protected": false """, Properties, """ "objects": [{"name": "o", "required": ["a"], "properties": {}}] """, """ "tags": [{"name": "t"}] """, """ "resource_type_associations": [{"name": "R", "prefix": "x"}] """]),
        ("PUT", "/fuzz", [""" "namespace": "fuzz" """, """ "display_name": "x" """, """ "description": "x" """, """ "visibility": "public" """, """ "owner": "p" """]),
        ("POST", "/fuzz/resource_types", [""" "name": "NEW" """, """ "prefix": "x" """, """ "properties_target": "image" """]),
        ("POST", "/fuzz/properties", [""" "name": "NEW" """, Property]),
        ("PUT", "/fuzz/properties/p", [""" "name": "p" """, Property]),
        ("POST", "/fuzz/objects", [""" "name": "NEW" """, """ "description": "x" """, """ "required": ["a"] """, Properties]),
        ("PUT", "/fuzz/objects/o", [""" "name": "o" """, """ "required": ["a"] """, Properties]),
        ("POST", "/fuzz/tags", [""" "tags": [{"name": "NEW"}] """]),
        ("PUT", "/fuzz/tags/t", [""" "name": "t" """]),
    ];

    private int made;

    /// <summary>Bodies that make what the others change.</summary>
    public static IEnumerable<(string Path, string Body)> Beginnings =>
    [
        ("/v2/metadefs/namespaces", """{"namespace": "fuzz", "visibility": "public", "objects": [{"name": "o"}], "tags": [{"name": "t"}], """ + Properties + "}"),
    ];

    public (string Method, string Path, byte[] Body) Next()
    {
        (string method, string path, string[] members) = Routes[random.Next(Routes.Length)];
        string[] changed = [.. members];
        int at = random.Next(changed.Length);
        changed[at] = random.Next(8) == 0 ? "" : $"{changed[at].Split(':')[0]}: {Value()}";
        string body = $"{{{string.Join(", ", changed.Where(member => member.Length > 0))}}}";
        if (random.Next(20) == 0) body = $"{Value()}";
        return (method, $"/v2/metadefs/namespaces{path}", Encoding.UTF8.GetBytes(body.Replace("NEW", $"n{made++}", StringComparison.Ordinal)));
    }

    private string Value()
    {
        int many = random.Next(1, 20_000);
        return random.Next(10) switch
        {
            0 => new string('[', many) + new string(']', many),
            1 => string.Concat(Enumerable.Repeat("""{"properties": """, many)) + "1" + new string('}', many),
            2 => $"[{string.Join(", ", Enumerable.Range(0, many).Select(i => $$"""{"name": "n{{i}}"}"""))}]",
            3 => "{" + string.Join(", ", Enumerable.Range(0, many / 10).Select(i => $"\"k{i}\": {{{Property}}}")) + "}",
            4 => $"\"{new string('x', many * 50)}\"",
            5 => $"\"{string.Concat(Enumerable.Repeat("\\u0000", many))}\"",
            _ => json.AnyValue(),
        };
    }
}
