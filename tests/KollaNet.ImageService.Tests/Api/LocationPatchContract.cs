using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>Changes of locations. Source: image-api reference 2.5, /locations.</summary>
public abstract class LocationPatchContract(Func<CancellationToken, Task<string>>? database) : IAsyncLifetime
{
    private static readonly byte[] Data = [1, 2, 3];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private WebServer web = null!;
    private ApiServer api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        web = await WebServer.StartAsync(Data);
        api = await ApiServer.StartAsync(new ApiServer { Database = database, WebStore = true, SecondStore = true, Default = "show_multiple_locations = true" });
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await web.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("""[{"op": "add", "path": "/locations/-", "value": LOCATION}]""")]
    [InlineData("""[{"op": "replace", "path": "/locations", "value": [LOCATION]}]""")]
    public async Task While_a_backend_is_asked_others_write(string operations)
    {
        string id = await api.CreateAsync(), other = await api.CreateAsync();
        Task<Answer> adding = api.PatchAsync(ApiServer.Owner, id, operations.Replace("LOCATION", Location("/silent"), StringComparison.Ordinal));
        await web.Asked.WaitAsync(Deadline, Cancel);

        foreach (string one in new[] { other, id })
            (await api.PatchAsync(ApiServer.Owner, one, """[{"op": "replace", "path": "/name", "value": "new"}]""").WaitAsync(Deadline, Cancel)).Status.Should().Be(200);
        adding.IsCompleted.Should().BeFalse();
        web.GoOn();

        JsonNode image = (await adding).Json;
        ((string?)image["status"], (long?)image["size"], (string?)image["name"]).Should().Be(("active", Data.Length, "new"));
    }

    [Fact]
    public async Task No_backend_is_asked_for_a_change_that_is_refused()
    {
        string id = await api.CreateAsync();
        (await api.PatchAsync(ApiServer.Reader, id, Adding(Location("/image")))).Status.Should().Be(403);
        (await PatchAsync(id, $$"""[{"op": "add", "path": "/locations/-", "value": {{Location("/image")}}}, {"op": "remove", "path": "/absent"}]""")).Status.Should().Be(409);
        web.Asks.Should().BeEmpty();
    }

    private static string Adding(string location) => $$"""[{"op": "add", "path": "/locations/-", "value": {{location}}}]""";

    private string Location(string path, string? promise = null) => $$"""{"url": "{{web.Url}}{{path}}", "metadata": {}{{(promise is null ? "" : $", \"validation_data\": {promise}")}}}""";

    private Task<Answer> PatchAsync(string id, string operations, string token = ApiServer.Owner) => api.PatchAsync(token, id, operations);

    private Task<Answer> AddAsync(string id, string location) => PatchAsync(id, Adding(location));
}
