using System.Text.Json.Nodes;
using KollaNet.ImageService.Hosting;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>Deleting with <c>delayed_delete</c>: by request, by the scrubber, and back.</summary>
public abstract class DelayedDeleteContract(ApiServer api)
{
    [Fact]
    public async Task A_deleted_image_keeps_its_data_until_it_is_scrubbed_and_can_be_brought_back_until_then()
    {
        string id = await api.CreateActiveAsync(more: "\"color\": \"red\", \"tags\": [\"t\"]"), other = await api.CreateActiveAsync();
        JsonNode before = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        foreach (string image in new[] { id, other }) (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{image}")).Status.Should().Be(204);
        foreach (string path in new[] { $"/v2/images/{id}", $"/v2/images/{id}/file" }) (await api.GetAsync(ApiServer.Admin, path)).Status.Should().Be(404);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"id": "{{id}}"}""")).Status.Should().Be(409, "the id is taken");
        File.Exists(Path.Combine(api.ImagesFolder, id)).Should().BeTrue();

        (await RunAsync("--restore", id)).Should().Be((0, $"Image {id} is active again.\n"));

        JsonNode after = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        (before["updated_at"], after["updated_at"]) = (null, null);
        JsonNode.DeepEquals(after, before).Should().BeTrue(after.ToJsonString());
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Text.Should().Be("0123456789");
        (await RunAsync()).Should().Be((0, "The data of 1 deleted images was removed.\n"));
        (File.Exists(Path.Combine(api.ImagesFolder, id)), File.Exists(Path.Combine(api.ImagesFolder, other))).Should().Be((true, false));
        (int code, string text) = await RunAsync($"--restore={other}");
        (code, text).Should().Be((1, $"Image {other} cannot be restored.\n  Why:  no image with this id has status pending_delete: it was not deleted with delayed_delete, or its data is removed already.\n"));
    }

    [Fact]
    public async Task Images_without_data_and_deactivated_ones_go_at_once()
    {
        string empty = await api.CreateAsync(), idle = await api.CreateActiveAsync();
        (await api.SendAsync(ApiServer.Admin, "POST", $"/v2/images/{idle}/actions/deactivate")).Status.Should().Be(204);
        foreach (string image in new[] { empty, idle }) (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{image}")).Status.Should().Be(204);
        File.Exists(Path.Combine(api.ImagesFolder, idle)).Should().BeFalse();
        (await RunAsync("--restore", idle)).Code.Should().Be(1);
    }

    private async Task<(int Code, string Text)> RunAsync(params string[] more)
    {
        using var output = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync(["scrub", "--config-file", api.ConfigFile, .. more], output);
        return (code, output.ToString());
    }
}

public sealed class DelayedDeleteOverSqlite(DelayedDeleteApi fixture) : DelayedDeleteContract(fixture.Server), IClassFixture<DelayedDeleteApi>
{
    [Fact]
    public async Task The_service_scrubs_on_a_timer()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "delayed_delete = true\nwakeup_time = 1" });
        string id = await api.CreateActiveAsync();
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (File.Exists(Path.Combine(api.ImagesFolder, id))) await Task.Delay(20, patience.Token);
    }
}

public sealed class DelayedDeleteOverMariaDb(DelayedDeleteApiOverMariaDb fixture) : DelayedDeleteContract(fixture.Server), IClassFixture<DelayedDeleteApiOverMariaDb>;

/// <summary>A server that deletes later, and never by itself while a test runs.</summary>
public class DelayedDeleteApi : IAsyncLifetime
{
    protected const string Options = "delayed_delete = true\nwakeup_time = 100000";

    public ApiServer Server { get; protected init; } = new() { Default = Options };

    public ValueTask InitializeAsync() => Server.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server.DisposeAsync();
    }
}

public sealed class DelayedDeleteApiOverMariaDb : DelayedDeleteApi
{
    public DelayedDeleteApiOverMariaDb() =>
        Server = new ApiServer { Default = Options, Database = async cancel => await (await MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("scrub", cancel) };
}
