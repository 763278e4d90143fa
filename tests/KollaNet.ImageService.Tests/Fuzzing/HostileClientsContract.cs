using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>Whatever a client sends: no failure of the service's own, no hang, and what is stored stays legal. A failure names its seed; the same seed sends the same.</summary>
public abstract class HostileClientsContract(ApiServer api)
{
    private static readonly string[] Statuses = ["queued", "importing", "active"];

    [Theory]
    [InlineData("body", 1)]
    [InlineData("patch", 2)]
    [InlineData("query", 3)]
    [InlineData("path", 4)]
    [InlineData("header", 5)]
    [InlineData("metadef", 6)]
    public async Task Requests_are_answered_or_refused(string kind, int seed)
    {
        string[] images = await MakeImagesAsync();
        var requests = new HostileRequests(new Random(seed), images);
        var statuses = new Dictionary<int, int>();
        for (int i = 0; i < 300; i++)
        {
            byte[] request = kind switch
            {
                "body" => requests.Body(),
                "patch" => requests.Patch(),
                "query" => requests.Query(),
                "path" => requests.Path(),
                "metadef" => requests.Metadef(),
                _ => requests.Header(),
            };
            string answer = await RawExchange.SendAsync(api.Address, request);
            int status = RawExchange.StatusOf(answer) ?? 0;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            (status is 0 or (>= 200 and < 500) or 501).Should().BeTrue($"request {i} of kind {kind} and seed {seed} was answered:\n{answer}\nIt was:\n{Shown(request)}");
        }

        statuses.GetValueOrDefault(0).Should().BeLessThan(100, $"of kind {kind} and seed {seed} most are answered");
        statuses.Count.Should().BeGreaterThan(1);
        await EverythingIsLegalAsync(kind, seed);
    }

    [Fact]
    public async Task An_upload_cut_at_any_byte_leaves_the_image_queued_and_nothing_kept()
    {
        const int seed = 7;
        var random = new Random(seed);
        string id = await api.CreateAsync();
        byte[] upload =
        [
            .. Encoding.ASCII.GetBytes($"PUT /v2/images/{id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ApiServer.Owner}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n"),
            .. new byte[0x4000], .. "\r\n1\r\nx\r\n0\r\n\r\n"u8,
        ];
        for (int i = 0; i < 30; i++)
        {
            int at = i < 12 ? upload.Length - 2 - i : random.Next(1, upload.Length - 2);   // its last bytes are what is needed to know that it is whole
            await RawExchange.CutAsync(api.Address, upload.AsMemory(0, at), reset: i % 2 == 0);
            string status = await SettledStatusAsync(id);
            status.Should().Be("queued", $"the cut was at byte {at} of {upload.Length}");
        }

        // The service may yet have to begin, and to undo, what was cut last.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Answer whole;
        while ((whole = await api.UploadAsync(ApiServer.Owner, id, [1, 2, 3])).Status == 409) await Task.Delay(10, patience.Token);
        whole.Status.Should().Be(204, whole.Text);
        (await File.ReadAllBytesAsync(Path.Combine(api.ImagesFolder, id), TestContext.Current.CancellationToken)).Should().Equal(1, 2, 3);
        Directory.GetFiles(api.ImagesFolder, $"*{id}*", SearchOption.AllDirectories).Should().ContainSingle();
    }

    private async Task<string[]> MakeImagesAsync()
    {
        foreach ((string path, string body) in MetadefGrammar.Beginnings) await api.PostAsync(ApiServer.Admin, path, body);
        return [await api.CreateAsync(), await api.CreateActiveAsync(), await api.CreateAsync(ApiServer.Admin), await api.CreateActiveAsync(ApiServer.Admin, "\"tags\": [\"t\"], \"custom\": \"x\"")];
    }

    /// <summary>Every stored image can be listed and shown, and is what the schema says.</summary>
    private async Task EverythingIsLegalAsync(string kind, int seed)
    {
        string because = $"it was stored by kind {kind} of seed {seed}";
        (await api.GetAsync("", "/healthcheck")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Admin, "/v2/tasks")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Admin, "/v2/metadefs/namespaces")).Status.Should().Be(200);
        foreach (JsonNode? image in (await api.GetAsync(ApiServer.Admin, "/v2/images?visibility=all&limit=1000")).Json["images"]!.AsArray())
        {
            foreach ((string name, JsonNode? value) in image!.AsObject())
            {
                bool isLegal = name switch
                {
                    "size" or "virtual_size" => value is null || value.GetValue<long>() >= 0,
                    "min_disk" or "min_ram" => value!.GetValue<long>() is >= 0 and <= int.MaxValue,
                    "protected" or "os_hidden" => value!.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
                    "tags" => value!.AsArray().Select(tag => (string)tag!).Distinct().Count() == value!.AsArray().Count,
                    "visibility" => (string?)value is "public" or "private" or "shared" or "community",
                    "status" => Statuses.Contains((string?)value),
                    _ => value is null || value.GetValueKind() == System.Text.Json.JsonValueKind.String,
                };
                isLegal.Should().BeTrue($"{name} is {value?.ToJsonString()}; {because}");
            }

            (await api.GetAsync(ApiServer.Admin, (string)image["self"]!)).Status.Should().Be(200, because);
        }
    }

    private async Task<string> SettledStatusAsync(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            string status = (string)(await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}")).Json["status"]!;
            if (status != "saving") return status;
            await Task.Delay(10, patience.Token);
        }
    }

    private static string Shown(byte[] request) => Encoding.Latin1.GetString(request.AsSpan(0, Math.Min(request.Length, 2000)));
}

public sealed class HostileClientsOverSqlite(ApiServer api) : HostileClientsContract(api), IClassFixture<ApiServer>;

public sealed class HostileClientsOverMariaDb(MariaDbApi fixture) : HostileClientsContract(fixture.Server), IClassFixture<MariaDbApi>;
