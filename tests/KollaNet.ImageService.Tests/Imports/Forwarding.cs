using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Api;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Caching;
using KollaNet.TestHost;
using Microsoft.AspNetCore.Http;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>Two workers over one database and one store, each with a staging folder of its own.</summary>
public abstract class Forwarding : IAsyncLifetime
{
    private readonly int port = FreePort.Find();
    private ApiServer one = null!, two = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string OneUrl => $"http://127.0.0.1:{port}";

    protected abstract Func<CancellationToken, Task<string>>? Database { get; }

    public async ValueTask InitializeAsync()
    {
        one = await ApiServer.StartAsync(new ApiServer { Default = $"bind_port = {port}\nworker_self_reference_url = {OneUrl}/", Database = Database });
        two = await ApiServer.StartAsync(new ApiServer { Default = "worker_self_reference_url = http://two.example:9292", Beside = one });
    }

    public async ValueTask DisposeAsync()
    {
        await two.DisposeAsync();
        await one.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_import_that_arrives_elsewhere_runs_where_the_data_is()
    {
        string id = await one.StagedAsync([1, 2, 3]);
        (await two.ImportAsync(id, Glance(), ApiServer.Other)).Status.Should().Be(404, "what a caller may not see is decided here");
        (await two.ImportAsync(id, Glance(more: "\"stores\": [\"unknown\"]"))).Status.Should().Be(409);

        Answer answer = await two.ImportAsync(id, Glance(), ApiServer.Owner, "X-Openstack-Request-ID: req-forwarded");

        (answer.Status, answer.Text).Should().Be((202, ""), answer.Text);
        (JsonNode image, JsonNode task) = await two.SettledAsync(id);
        ((string?)image["status"], (string?)task["request_id"], (string?)task["owner"]).Should().Be(("active", "req-forwarded", "p1"));
        (await two.DownloadAsync(id)).Body.Should().Equal(1, 2, 3);
        Directory.GetFiles(one.StagingFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task A_deletion_that_arrives_elsewhere_takes_the_staged_data_with_it()
    {
        string id = await one.StagedAsync([1, 2, 3]);
        (await two.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        Directory.GetFiles(one.StagingFolder).Should().BeEmpty();
        (await one.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task A_worker_that_is_gone_fails_an_import_and_not_a_deletion_and_cleans_up_when_it_is_back()
    {
        string id = await one.StagedAsync([1, 2, 3]);
        await one.Server.DisposeAsync();
        Answer answer = await two.ImportAsync(id, Glance());
        answer.Status.Should().Be(502, answer.Text);
        answer.Text.Should().Contain(OneUrl);
        ((string?)(await two.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("uploading");
        (await two.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        (await two.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Status.Should().Be(404);

        string waiting = await two.StagedAsync([4]), stranger = Guid.NewGuid().ToString();
        foreach (string other in new[] { waiting, stranger }) await File.WriteAllTextAsync(Path.Combine(one.StagingFolder, other), "x", Cancel);
        await one.StartServerAsync(TimeProvider.System);
        await CacheClient.UntilAsync(() => !File.Exists(Path.Combine(one.StagingFolder, id)));
        Directory.GetFiles(one.StagingFolder).Select(Path.GetFileName).Should().BeEquivalentTo([waiting, stranger], "one is waited for, and of the other nobody here knows anything");
    }

    [Fact]
    public async Task A_request_does_not_go_in_circles()
    {
        string id = await one.StagedAsync([1, 2, 3]);
        File.Delete(Path.Combine(one.StagingFolder, id));
        await one.Server.Database.Images.ChangeAsync(
            id, image => Task.FromResult(image with { Properties = image.Properties.SetItem(ImportProperties.StageHost, $"http://localhost:{port}") }), Cancel);
        Answer answer = await one.ImportAsync(id, Glance());
        answer.Status.Should().Be(502, "the worker has another name in its own eyes than in the image's");
        (await one.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        (await one.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task A_worker_that_says_nothing_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var forwarding = new StageForwarding(GlanceOptions.Defaults, null) { Patience = TimeSpan.FromMilliseconds(200) };
        var http = new DefaultHttpContext();
        (http.Request.Method, http.Request.Path) = ("POST", "/v2/images/x/import");
        http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget = "/v2/images/x/import";
        var request = new ApiRequest(http, new Caller(), new Route("POST", "/v2/images/{id}/import", BodyRule.Json, null, _ => Task.CompletedTask), ["x"]);
        Func<Task> send = () => forwarding.ForwardAsync(request, $"http://{silent.LocalEndpoint}", "{}");
        (await send.Should().ThrowAsync<ApiException>()).Which.Status.Should().Be(504);
        Func<Task> nowhere = () => forwarding.ForwardAsync(request, "not an address", "{}");
        (await nowhere.Should().ThrowAsync<ApiException>()).Which.Status.Should().Be(502);
    }
}

public sealed class ForwardingOverSqlite : Forwarding
{
    protected override Func<CancellationToken, Task<string>>? Database => null;
}

public sealed class ForwardingOverMariaDb : Forwarding
{
    protected override Func<CancellationToken, Task<string>>? Database => async cancel => await (await MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("forward", cancel);
}
