using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>The checks before an import is accepted, in their order.</summary>
public abstract class ImportRefusalsContract(ApiServer api)
{
    [Theory]
    [InlineData("[]", 400)]
    [InlineData("{}", 400)]
    [InlineData("""{"method": "web-download"}""", 400)]
    [InlineData("""{"method": {}}""", 400)]
    [InlineData("""{"method": {"name": 1}}""", 400)]
    [InlineData("""{"method": {"name": "glance-download"}}""", 400)]
    [InlineData("""{"method": {"name": "web-download"}}""", 400)]
    [InlineData("""{"method": {"name": "web-download", "uri": "ftp://127.0.0.1/x"}}""", 400)]
    [InlineData("""{"method": {"name": "web-download", "uri": "http://127.0.0.1:22/x"}}""", 400)]
    [InlineData("""{"method": {"name": "web-download", "uri": "http://2130706433/x"}}""", 400)]
    [InlineData("""{"method": {"name": "web-download", "uri": "http://127.0.0.1/x"}, "stores": "fast"}""", 400)]
    [InlineData("""{"method": {"name": "web-download", "uri": "http://127.0.0.1/x"}, "all_stores": "true"}""", 400)]
    [InlineData("""{"method": {"name": "web-download", "uri": "http://127.0.0.1/x"}, "all_stores": true, "stores": ["fast"]}""", 400)]
    [InlineData("""{"method": {"name": "web-download", "uri": "http://127.0.0.1/x"}, "stores": ["fast", "nowhere"]}""", 409)]
    [InlineData("""{"method": {"name": "glance-direct"}}""", 409)]
    [InlineData("""{"method": {"name": "copy-image"}, "all_stores": true}""", 409)]
    public async Task A_queued_image(string body, int status)
    {
        string id = await api.CreateAsync();
        Answer answer = await api.ImportAsync(id, body);
        answer.Status.Should().Be(status, answer.Text);
        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/tasks")).Json["tasks"]!.AsArray().Should().BeEmpty();
    }

    [Theory]
    [InlineData("glance-direct")]
    [InlineData("web-download")]
    public async Task An_active_image_is_only_copied(string method)
    {
        string id = await api.CreateActiveAsync();
        (await api.ImportAsync(id, $$$"""{"method": {"name": "{{{method}}}", "uri": "http://127.0.0.1/x"}}""")).Status.Should().Be(409);
    }

    [Fact]
    public async Task Whoever_may_not_change_it_may_not_import()
    {
        string id = await api.StagedAsync([1]);
        (await api.ImportAsync(id, Glance(), ApiServer.Other)).Status.Should().Be(404);
        (await api.ImportAsync(id, Glance(), ApiServer.Reader)).Status.Should().Be(403);
        (await api.ImportAsync(id, Glance(more: "\"stores\": [\"fast\"]"), ApiServer.Owner, "x-image-meta-store: fast")).Status.Should().Be(400);
        (await api.ImportAsync(id, Glance(more: "\"all_stores\": true"), ApiServer.Owner, "x-image-meta-store: fast")).Status.Should().Be(400);
        (await api.ImportAsync(id, Glance(), ApiServer.Owner, "x-image-meta-store: nowhere")).Status.Should().Be(409);
        (await api.ImportAsync(id, Glance(), ApiServer.Owner, "x-image-meta-store: cheap")).Status.Should().Be(202);
        ((string?)(await api.SettledAsync(id)).Image["stores"]).Should().Be("cheap");
    }

    [Fact]
    public async Task Without_formats_it_is_no_image_yet_but_may_become_one()
    {
        string id = (string)(await api.PostAsync(ApiServer.Owner, "/v2/images", """{"container_format": "bare"}""")).Json["id"]!;
        await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/stage", ApiServer.Octets([1]));
        (await api.ImportAsync(id, Glance())).Status.Should().Be(409);
        await api.PatchAsync(ApiServer.Owner, id, """[{"op": "add", "path": "/disk_format", "value": "raw"}]""");
        (await api.ImportAsync(id, Glance())).Status.Should().Be(202);
        ((string?)(await api.SettledAsync(id)).Image["status"]).Should().Be("active");
    }

    [Fact]
    public async Task A_task_that_has_ended_or_died_is_pushed_aside()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        foreach ((ImageTaskStatus status, int ageMinutes, int answer) in new[]
        {
            (ImageTaskStatus.Processing, 59, 409), (ImageTaskStatus.Processing, 61, 202), (ImageTaskStatus.Pending, 119, 409), (ImageTaskStatus.Pending, 121, 202), (ImageTaskStatus.Success, 0, 202),
        })
        {
            string id = await api.StagedAsync([1]);
            DateTime at = DateTime.UtcNow.AddMinutes(-ageMinutes);
            var task = new ImageTask { Id = Guid.NewGuid().ToString(), Type = "api_image_import", Status = status, Owner = "p1", ImageId = id, CreatedAt = at, UpdatedAt = at };
            await api.Server.Database.Tasks.AddAsync(task, cancel);
            await api.Server.Database.Images.TakeForTaskAsync(id, task.Id, null, at, image => image, cancel);
            (await api.ImportAsync(id, Glance())).Status.Should().Be(answer, $"{status} for {ageMinutes} min");
        }
    }

    [Fact]
    public async Task With_a_single_store_every_store_must_succeed()
    {
        await using ApiServer single = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Stores = false });
        string id = await single.StagedAsync([1]);
        (await single.ImportAsync(id, Glance(more: "\"all_stores_must_succeed\": false"))).Status.Should().Be(400);
        (await single.ImportAsync(id, Glance())).Status.Should().Be(202);
        ((string?)(await single.SettledAsync(id)).Image["status"]).Should().Be("active");
    }
}
