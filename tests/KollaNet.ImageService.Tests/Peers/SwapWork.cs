using System.Globalization;
using System.Text.Json.Nodes;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>What people do to a site while one of the services serves it. Rounds build on what earlier rounds left, by whichever service.</summary>
public sealed class SwapWork
{
    private readonly List<string> lively = [], doomed = [];
    private int round;

    /// <summary>Files of images that were deleted; none may be left.</summary>
    public IReadOnlyList<string> Deleted => deleted;

    private readonly List<string> deleted = [];

    /// <summary>One round of creations, uploads, imports, changes and deletions.</summary>
    public async Task DoRoundAsync(GlanceUnderTest glance)
    {
        string n = (++round).ToString(CultureInfo.InvariantCulture);
        await ChangeWhatOthersMadeAsync(glance, n);
        await MakeAsync(glance, n);
        await ShareAsync(glance, n);
        await DescribeAsync(glance, n);
    }

    private async Task MakeAsync(GlanceUnderTest glance, string n)
    {
        lively.Add(await glance.CreateActiveAsync(
            Owner, $$"""
            "name": "gelöscht und wieder da {{n}}", "visibility": "private", "min_disk": 3, "min_ram": 64, "os_distro": "debian", "Mixed_Case": "Ä {{n}}", "empty": "", "gone": "soon",
            "tags": ["kept", "other", "gone", "ümlaut"]
            """, $"bytes of round {n}"));
        string again = lively[^1];
        await glance.PatchAsync(Owner, again, """[{"op": "remove", "path": "/gone"}, {"op": "replace", "path": "/tags", "value": ["kept", "other"]}]""");
        await glance.PatchAsync(Owner, again, """[{"op": "add", "path": "/gone", "value": "and back"}, {"op": "add", "path": "/os_hidden_from", "value": "nobody"}]""");
        await glance.DoAsync(Owner, "PUT", $"/v2/images/{again}/tags/gone");
        await glance.DoAsync(Owner, "DELETE", $"/v2/images/{again}/tags/other");
        await glance.PatchAsync(Owner, again, """[{"op": "replace", "path": "/tags", "value": ["kept", "gone", "newer"]}]""");

        await glance.CreateActiveAsync(Admin, $"\"name\": \"public {n}\", \"visibility\": \"public\", \"protected\": true", new string('p', 70000));
        await glance.CreateActiveAsync(Admin, $"\"name\": \"community {n}\", \"visibility\": \"community\", \"owner\": \"p2\"", "c");
        await glance.CreateActiveAsync(Owner, $"\"name\": \"hidden {n}\", \"os_hidden\": true", "h");
        await glance.CreateActiveAsync(Owner, $"\"name\": \"empty {n}\"", "");
        await glance.CreateAsync(Other, $"\"name\": \"queued {n}\"");
        string off = await glance.CreateActiveAsync(Owner, $"\"name\": \"off {n}\", \"visibility\": \"private\"", "off");
        await glance.DoAsync(Owner, "POST", $"/v2/images/{off}/actions/deactivate");
        doomed.Add(await glance.CreateActiveAsync(Owner, $"\"name\": \"doomed {n}\", \"tags\": [\"kept\"], \"a\": \"b\"", $"doomed {n}"));
        doomed.Add(await glance.CreateAsync(Owner, $"\"name\": \"doomed, queued {n}\""));

        string staged = await glance.CreateAsync(Owner, $"\"name\": \"imported {n}\"");
        await glance.DoAsync(Owner, "PUT", $"/v2/images/{staged}/stage", Octets("staged"u8.ToArray()));
        await glance.DoAsync(Owner, "POST", $"/v2/images/{staged}/import", Json("""{"method": {"name": "glance-direct"}, "stores": ["fast", "cheap"], "all_stores_must_succeed": true}"""));
        await glance.BecomesAsync(staged, "active");
    }

    private async Task ShareAsync(GlanceUnderTest glance, string n)
    {
        string shared = await glance.CreateActiveAsync(Owner, $"\"name\": \"shared {n}\", \"visibility\": \"shared\"", $"shared {n}");
        foreach (string member in (string[])["p2", "p3", "p4"]) await glance.DoAsync(Owner, "POST", $"/v2/images/{shared}/members", Json($$"""{"member": "{{member}}"}"""));
        await glance.DoAsync(Other, "PUT", $"/v2/images/{shared}/members/p2", Json("""{"status": "accepted"}"""));
        await glance.DoAsync(Owner, "DELETE", $"/v2/images/{shared}/members/p3");
        await glance.DoAsync(Owner, "DELETE", $"/v2/images/{shared}/members/p4");
        await glance.DoAsync(Owner, "POST", $"/v2/images/{shared}/members", Json("""{"member": "p4"}"""));
        lively.Add(shared);
    }

    private async Task ChangeWhatOthersMadeAsync(GlanceUnderTest glance, string n)
    {
        foreach (string id in doomed) await glance.DoAsync(Owner, "DELETE", $"/v2/images/{id}");
        deleted.AddRange(doomed);
        doomed.Clear();
        foreach (string id in lively)
        {
            JsonNode image = await glance.GetAsync(Owner, $"/v2/images/{id}");
            await glance.PatchAsync(Owner, id, $$"""[{"op": "add", "path": "/touched", "value": "in round {{n}}"}, {"op": "replace", "path": "/name", "value": "{{image["name"]}}'"}]""");
            await glance.DoAsync(Owner, "PUT", $"/v2/images/{id}/tags/round{n}");
            if (image["gone"] is not null) await glance.PatchAsync(Owner, id, """[{"op": "remove", "path": "/gone"}]""");
            if ((string?)image["visibility"] != "shared") continue;
            await glance.DoAsync(Owner, "DELETE", $"/v2/images/{id}/members/p4");
            await glance.DoAsync(Owner, "POST", $"/v2/images/{id}/members", Json("""{"member": "p4"}"""));
            await glance.DoAsync(Other, "PUT", $"/v2/images/{id}/members/p2", Json($$"""{"status": "{{(round % 2 == 0 ? "rejected" : "accepted")}}"}"""));
        }

        foreach (JsonNode? queued in (await glance.GetAsync(Other, "/v2/images?status=queued&owner=p2"))["images"]!.AsArray())
            await glance.UploadAsync(Other, (string)queued!["id"]!, $"filled in round {n}");
        foreach (JsonNode? off in (await glance.GetAsync(Owner, "/v2/images?status=deactivated"))["images"]!.AsArray())
            await glance.DoAsync(Owner, "POST", $"/v2/images/{(string)off!["id"]!}/actions/reactivate");
    }

    private async Task DescribeAsync(GlanceUnderTest glance, string n)
    {
        await glance.DoAsync(Admin, "POST", "/v2/metadefs/namespaces", Json($$"""
            {"namespace": "Swap::{{n}}", "display_name": "Round {{n}}", "visibility": "public", "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "hw_"}],
             "properties": {"cores": {"title": "Cores", "type": "integer", "minimum": 1, "description": "ä"} },
             "objects": [{"name": "box", "required": ["x"], "properties": {"x": {"title": "X", "type": "string", "enum": ["a", "b"]} } }],
             "tags": [{"name": "one"}, {"name": "two"}]}
            """));
        if (round == 1) return;
        await glance.DoAsync(Admin, "PUT", $"/v2/metadefs/namespaces/Swap::{round - 1}", Json($$"""{"namespace": "Swap::{{round - 1}}", "description": "changed in {{n}}", "visibility": "private"}"""));
        await glance.DoAsync(Admin, "DELETE", $"/v2/metadefs/namespaces/Swap::{round - 1}/tags/one");
        if (round > 2) await glance.DoAsync(Admin, "DELETE", $"/v2/metadefs/namespaces/Swap::{round - 2}");
    }
}
