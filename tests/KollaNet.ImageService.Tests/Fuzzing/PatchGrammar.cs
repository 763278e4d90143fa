namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>Changes to images in both dialects: mostly valid, some nearly. The same <see cref="Random"/> makes the same.</summary>
internal sealed class PatchGrammar(Random random)
{
    private static readonly string[] Verbs = ["add", "replace", "remove", "replace", "add", "test", "ADD", ""];

    private static readonly string[] Names =
    [
        "name", "visibility", "protected", "os_hidden", "tags", "min_disk", "min_ram", "disk_format", "container_format", "custom", "Custom", "a~1b", "a~0b", "a~2b", "kernel_id", "os_distro", "status", "owner", "id",
        "locations", "locations/-", "locations/0", "locations/1", "tags/-", "tags/0", "stores", "os_glance_x", "extra_properties", "image_id", "member", "", "a/b", "deleted", "direct_url", "caf\\u00e9",
    ];

    private static readonly string[] Values =
    [
        "\"x\"", "\"public\"", "\"private\"", "\"shared\"", "\"community\"", "true", "false", "0", "1", "-1", "2147483648", "1.5", "null", "[]", "[\"t\", \"T\", \"t\"]", "[5]", "{}", "\"raw\"", "\"qcow2\"", "\"bare\"",
        "{\"url\": \"http://127.0.0.1:1/x\", \"metadata\": {}}", "[{\"url\": \"file:///etc/passwd\", \"metadata\": {}}]", "{\"url\": \"rbd://a/b/c/snap\", \"metadata\": {\"store\": 5}}", "\"\\u0000\"", "\"00000000-0000-0000-0000-000000000000\"",
    ];

    /// <summary>One body.</summary>
    /// <param name="older">The dialect of 2.0.</param>
    public string Next(bool older) => $"[{string.Join(", ", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Operation(older)))}]";

    private string Operation(bool older)
    {
        string verb = Verbs[random.Next(Verbs.Length)], path = (random.Next(20) == 0 ? "" : "/") + Names[random.Next(Names.Length)], value = Values[random.Next(Values.Length)];
        string what = older ? $"\"{verb}\": \"{path}\"" : $"\"op\": \"{verb}\", \"path\": \"{path}\"";
        return verb == "remove" || random.Next(15) == 0 ? $"{{{what}}}" : $"{{{what}, \"value\": {value}}}";
    }
}
