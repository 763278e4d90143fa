using System.Text;
using System.Text.Json.Nodes;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>A server with a dozen images of two projects, made one second after the other, one of each kind that lists tell apart.</summary>
public abstract class KnownImages(Func<CancellationToken, Task<string>>? database) : IAsyncLifetime
{
    private readonly ManualClock clock = new(DateTime.UtcNow);
    private readonly Dictionary<string, string> ids = [];
    private readonly List<DateTime> made = [];
    private ApiServer api = null!;
    private string betaHash = "";

    public async ValueTask InitializeAsync()
    {
        api = await ApiServer.StartAsync(new ApiServer { Database = database, Time = clock });
        await MakeAsync(ApiServer.Owner, "old", """ "visibility": "private", "disk_format": "raw", "container_format": "bare", "os_distro": "debian" """);
        await MakeAsync(ApiServer.Owner, "beta", """ "disk_format": "raw", "container_format": "bare", "tags": ["red", "big"], "os_distro": "debian", "color": "blue", "min_disk": 7, "min_ram": 64 """, "0123456789");
        await MakeAsync(ApiServer.Owner, "a,b", """ "disk_format": "qcow2", "container_format": "ovf", "tags": ["red"], "os_distro": "in:a,b" """);
        await MakeAsync(ApiServer.Owner, "dot;dash", """ "protected": true """);
        await MakeAsync(ApiServer.Owner, "quo\\\"te", """ "disk_format": "iso", "container_format": "bare" """);
        await MakeAsync(ApiServer.Owner, "hidden", """ "os_hidden": true """);
        await MakeAsync(ApiServer.Other, "theirs", """ "visibility": "community" """);
        await MakeAsync(ApiServer.Other, "their-private", """ "visibility": "private" """);
        await MakeAsync(ApiServer.Other, "shared-nobody", """ "visibility": "shared" """);
        foreach (string status in new[] { "accepted", "pending", "rejected" })
        {
            await MakeAsync(ApiServer.Other, $"shared-{status}", """ "visibility": "shared" """);
            string members = $"/v2/images/{ids[$"shared-{status}"]}/members";
            (await api.PostAsync(ApiServer.Other, members, """{"member": "p1"}""")).Status.Should().Be(200);
            (await api.SendAsync(ApiServer.Owner, "PUT", $"{members}/p1", ApiServer.Json($$"""{"status": "{{status}}"}"""))).Status.Should().Be(200);
        }

        await MakeAsync(ApiServer.Admin, "public", """ "visibility": "public", "disk_format": "raw", "container_format": "bare" """, "01234");
        string deleted = await MakeAsync(ApiServer.Owner, "deleted", """ "tags": ["red"] """);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{deleted}")).Status.Should().Be(204);
        betaHash = (string)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{ids["beta"]}")).Json["os_hash_value"]!;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await api.DisposeAsync();
    }

    /// <summary>Names on the first page of a list.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string token, string query) => Names(await ListAsync(token, $"/v2/images?{Filled(query)}"));

    /// <summary>Names on all pages.</summary>
    public async Task<IReadOnlyList<string>> PagedNamesAsync(string token, string query)
    {
        var names = new List<string>();
        for (string? next = $"/v2/images?{Filled(query)}"; next is not null;)
        {
            JsonNode page = await ListAsync(token, next);
            names.AddRange(Names(page));
            next = (string?)page["next"];
        }

        return names;
    }

    private static List<string> Names(JsonNode page) => [.. page["images"]!.AsArray().Select(image => (string)image!["name"]!)];

    private async Task<JsonNode> ListAsync(string token, string path)
    {
        Answer answer = await api.GetAsync(token, path);
        answer.Status.Should().Be(200, answer.Text);
        return answer.Json;
    }

    private string Filled(string query)
    {
        string filled = query.Replace("{hash of beta}", betaHash, StringComparison.Ordinal);
        foreach ((string name, string id) in ids) filled = filled.Replace($"{{{name}}}", id, StringComparison.Ordinal);
        for (int i = 0; i < made.Count; i++) filled = filled.Replace($"{{t{i + 1}}}", $"{made[i]:yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal);
        return filled;
    }

    private async Task<string> MakeAsync(string token, string name, string more, string data = "")
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        made.Add(clock.GetUtcNow().UtcDateTime);
        Answer created = await api.PostAsync(token, "/v2/images", $$"""{"name": "{{name}}", {{more}}}""");
        created.Status.Should().Be(201, created.Text);
        string id = (string)created.Json["id"]!;
        ids.Add((string)created.Json["name"]!, id);
        if (data.Length > 0) (await api.UploadAsync(token, id, Encoding.ASCII.GetBytes(data))).Status.Should().Be(204);
        return id;
    }
}

public sealed class KnownImagesOverSqlite() : KnownImages(null);

public sealed class KnownImagesOverMariaDb() : KnownImages(MariaDbApi.NewDatabaseAsync);
