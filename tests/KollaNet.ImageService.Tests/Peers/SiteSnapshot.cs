using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>Everything a service serves, one line per fact, so that two services can be compared and a difference read.</summary>
public sealed class SiteSnapshot
{
    private readonly List<string> facts;

    private SiteSnapshot(List<string> facts) => this.facts = facts;

    /// <summary>In lists of metadata definition objects, which Glance 25.1 leaves out.</summary>
    private const string NewerField = "first";

    private static readonly string[] Callers = [ApiServer.Admin, ApiServer.Owner, ApiServer.Other];

    private static readonly string[] Lists =
    [
        "/v2/images?limit=1000", "/v2/images?limit=1000&visibility=all&sort=name:asc", "/v2/images?os_hidden=true", "/v2/images?member_status=all&visibility=shared",
        "/v2/images?tag=kept", "/v2/images?owner=p1&size_min=3&sort_key=size&sort_dir=asc", "/v2/images?protected=true", "/v2/images?status=in:active,deactivated",
    ];

    /// <summary>Asks for every list as every caller, and for every image by itself with its members and data.</summary>
    public static async Task<SiteSnapshot> TakeAsync(GlanceUnderTest glance)
    {
        SortedSet<string> ids = new(StringComparer.Ordinal);
        List<string> facts = [];
        foreach (string caller in Callers)
        {
            foreach (string list in Lists)
            {
                string[] listed = [.. (await glance.GetAsync(caller, list))["images"]!.AsArray().Select(image => (string)image!["id"]!)];
                ids.UnionWith(listed);
                facts.Add($"{caller} {list}: {string.Join(' ', listed)}");
            }
        }

        foreach (string caller in Callers)
            foreach (string id in ids) facts.AddRange(await ImageAsync(glance, caller, id));
        facts.AddRange(await MetadefsAsync(glance));
        return new SiteSnapshot(facts);
    }

    /// <summary>Fails with the facts that differ, and no others.</summary>
    public void ShouldBe(SiteSnapshot expected)
    {
        string.Join('\n', [.. facts.Except(expected.facts).Select(fact => $"+ {fact}"), .. expected.facts.Except(facts).Select(fact => $"- {fact}")]).Should().BeEmpty();
        facts.Should().HaveCount(expected.facts.Count);
    }

    private static async Task<IEnumerable<string>> ImageAsync(GlanceUnderTest glance, string caller, string id)
    {
        Answer shown = await glance.SendAsync(caller, "GET", $"/v2/images/{id}");
        if (shown.Status != 200) return [$"{caller} {id}: {shown.Status}"];
        Answer members = await glance.SendAsync(caller, "GET", $"/v2/images/{id}/members"), data = await glance.SendAsync(caller, "GET", $"/v2/images/{id}/file");
        string bytes = data.Status == 200 ? $"{Convert.ToHexString(SHA256.HashData(data.Body))} Content-MD5 {data.Header("Content-MD5")}" : "";
        return
        [
            .. Fields($"{caller} {id}", shown.Json),
            members.Status == 200 ? $"{caller} {id} members: {Sorted(members.Json["members"]!)}" : $"{caller} {id} members: {members.Status}",
            $"{caller} {id} file: {data.Status} {bytes}",
        ];
    }

    private static async Task<IEnumerable<string>> MetadefsAsync(GlanceUnderTest glance)
    {
        JsonArray namespaces = (await glance.GetAsync(ApiServer.Admin, "/v2/metadefs/namespaces?sort_key=namespace&sort_dir=asc"))["namespaces"]!.AsArray();
        List<string> facts = [];
        foreach (string name in namespaces.Select(one => (string)one!["namespace"]!))
        {
            facts.AddRange(Fields($"namespace {name}", await glance.GetAsync(ApiServer.Admin, $"/v2/metadefs/namespaces/{name}")));
            foreach (string part in (string[])["objects", "properties", "tags", "resource_types"])
                facts.AddRange(Fields($"{part} of {name}", await glance.GetAsync(ApiServer.Admin, $"/v2/metadefs/namespaces/{name}/{part}")));
        }

        return facts;
    }

    private static IEnumerable<string> Fields(string of, JsonNode document) =>
        document.AsObject().Where(field => field.Key != NewerField).OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{of} {field.Key}: {(field.Value is JsonArray ? Sorted(field.Value) : Ordered(field.Value))}");

    private static string Sorted(JsonNode array) => string.Join(' ', array.AsArray().Select(Ordered).Order(StringComparer.Ordinal));

    private static string Ordered(JsonNode? value) => value is JsonObject fields
        ? $"{{{string.Join(", ", fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}: {Ordered(field.Value)}"))}}}"
        : value?.ToJsonString() ?? "null";
}
