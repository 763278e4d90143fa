using System.Text;

namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>Makes JSON that is right, nearly right, or hostile. The same <see cref="Random"/> makes the same.</summary>
internal sealed class HostileJson(Random random)
{
    private static readonly string[] Keys =
    [
        "id", "name", "status", "visibility", "protected", "os_hidden", "owner", "disk_format", "container_format", "min_disk", "min_ram", "tags", "size", "locations", "deleted", "custom",
        "Custom", "kernel_id", "os_glance_x", "member", "method", "stores", "all_stores", "all_stores_must_succeed", "uri", "url", "validation_data", "os_hash_algo", "os_hash_value", "type", "input",
        "import_from", "import_from_format", "image_properties", "namespace", "display_name", "description", "properties", "objects", "resource_type_associations", "prefix", "required", "title",
        "minimum", "maxLength", "enum", "default", "items", "operators", "op", "path", "value", "add", "replace", "remove", "", "extra_properties", "\\u0000", "\\ud83d", "caf\\u00e9", "~1", "__proto__",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "2147483647", "2147483648", "9223372036854775808", "1e400", "-1e-400", "1.5", "00", "\"\"", "\"x\"", "\"raw\"", "\"bare\"", "\"public\"", "\"shared\"",
        "\"community\"", "\"active\"", "\"import\"", "\"glance-direct\"", "\"web-download\"", "\"copy-image\"", "{\"name\": \"web-download\", \"uri\": \"http://127.0.0.1:1/x\"}", "{\"name\": \"copy-image\"}",
        "\"file:///etc/passwd\"", "\"http://127.0.0.1:1/x\"", "\"http://[::1\"", "\"fast\"", "\"\\u0000\"", "\"\\ud83d\"", "\"\\ud83d\\ude00\"", "\"\\udc00x\"", "\"caf\\u00e9\"", "\"accepted\"", "\"string\"", "\"integer\"",
        "\"array\"", "\"00000000-0000-0000-0000-000000000000\"", "\"/name\"", "\"/locations/-\"", "\"replace\"", "\"sha256\"", "[]", "{}", "[[]]", "[null]", "\"' OR 1=1 --\"", "\"%00\"", "\"../../etc/passwd\"", "\"\\n\\r\\t\"",
    ];

    /// <summary>One document, as bytes, which need not be UTF-8.</summary>
    public byte[] Next()
    {
        switch (random.Next(12))
        {
            case 0:
                int depth = random.Next(1, 5000);
                return Encoding.UTF8.GetBytes(random.Next(2) == 0 ? new string('[', depth) + new string(']', depth) : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth));
            case 1:
                return Encoding.UTF8.GetBytes($"{{\"{Key()}\": \"{new string('x', random.Next(200, 70000))}\"}}");
            case 2:
                return Encoding.UTF8.GetBytes($"{{\"{Key()}\": {new string('9', random.Next(1, 5000))}}}");
            case 3:
                return Mutate(Encoding.UTF8.GetBytes(Value(0)));
            default:
                return Encoding.UTF8.GetBytes(random.Next(4) == 0 ? $"[{Value(1)}, {Value(1)}]" : Object(0));
        }
    }

    /// <summary>One value of any kind, not very deep.</summary>
    public string AnyValue() => Value(0);

    private string Object(int depth) => $"{{{string.Join(", ", Enumerable.Range(0, random.Next(0, 6)).Select(_ => $"\"{Key()}\": {Value(depth + 1)}"))}}}";

    private string Value(int depth)
    {
        int kind = depth > 4 ? 0 : random.Next(6);
        return kind switch
        {
            1 => Object(depth),
            2 => $"[{string.Join(", ", Enumerable.Range(0, random.Next(0, 4)).Select(_ => Value(depth + 1)))}]",
            _ => Values[random.Next(Values.Length)],
        };
    }

    private string Key() => Keys[random.Next(Keys.Length)];

    private byte[] Mutate(byte[] text)
    {
        for (int i = random.Next(1, 5); i > 0 && text.Length > 0; i--) text[random.Next(text.Length)] = (byte)random.Next(256);
        return text;
    }
}
