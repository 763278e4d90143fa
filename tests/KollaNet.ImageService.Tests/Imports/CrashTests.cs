using System.Text.Json.Nodes;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>Services that end in the middle of an import.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private WebServer web = null!;
    private ApiServer api = null!;

    public async ValueTask InitializeAsync()
    {
        web = await WebServer.StartAsync(new byte[1 << 20]);
        api = await ApiServer.StartAsync(new ApiServer { SecondStore = true, Sections = $"[import_filtering_opts]\nallowed_hosts = 127.0.0.1\nallowed_ports = {web.Port}" });
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await web.DisposeAsync();
    }

    [Fact]
    public async Task After_a_crash_an_import_is_queued_again_with_nothing_kept()
    {
        string id = await api.CreateAsync();
        await api.ImportAsync(id, Web(web.Url + "/slow", "\"all_stores\": true"));
        await web.Asked;
        await api.Server.DisposeAsync();

        await api.StartServerAsync(new LaterClock(TimeSpan.FromMinutes(2)));

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);
        ((string?)image["status"], (string?)image["os_glance_importing_to_stores"], (string?)image["os_glance_failed_import"]).Should().Be(("queued", "", "fast,cheap"));
        ((string?)task["status"]).Should().Be("failure");
        // The service that "crashed" lives on in this process and closes, and so removes, its half file when it is ready to.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        foreach (string folder in new[] { api.ImagesFolder, api.CheapFolder, api.StagingFolder })
            while (Directory.GetFileSystemEntries(folder).Length > 0) await Task.Delay(20, patience.Token);
        (await api.ImportAsync(id, Web(web.Url + "/image"))).Status.Should().Be(202);
        ((string?)(await api.SettledAsync(id)).Image["status"]).Should().Be("active");
    }

    [Fact]
    public async Task After_a_crash_half_staged_data_goes_and_complete_data_waits_on()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string complete = await api.StagedAsync([1, 2, 3]), half = await api.StagedAsync([1, 2, 3]);
        await api.Server.Database.Images.ChangeAsync(
            half, image => Task.FromResult(image with { Properties = image.Properties.SetItem(UploadOwnership.PropertyName, "dead") }), cancel);
        File.Move(Path.Combine(api.StagingFolder, half), Path.Combine(api.StagingFolder, $".kollanet-{half}-x.partial"));
        (await api.ImportAsync(half, Glance())).Status.Should().Be(409, "it is not complete");
        await api.Server.DisposeAsync();

        await api.StartServerAsync(new LaterClock(TimeSpan.FromMinutes(2)));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{half}")).Json["status"] is not "queued") await Task.Delay(20, patience.Token);
        Directory.GetFiles(api.StagingFolder).Select(Path.GetFileName).Should().Equal(complete);
        (await api.ImportAsync(complete, Glance())).Status.Should().Be(202);
        ((string?)(await api.SettledAsync(complete)).Image["status"]).Should().Be("active");
    }

    [Fact]
    public async Task A_copy_that_died_leaves_the_image_active_and_free()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string id = await api.CreateActiveAsync();
        DateTime at = DateTime.UtcNow;
        var task = new ImageTask { Id = Guid.NewGuid().ToString(), Type = "api_image_import", Status = ImageTaskStatus.Processing, Owner = "p1", ImageId = id, CreatedAt = at, UpdatedAt = at };
        await api.Server.Database.Tasks.AddAsync(task, cancel);
        await api.Server.Database.Images.TakeForTaskAsync(
            id, task.Id, null, at, image => image with { Properties = image.Properties.SetItem(UploadOwnership.PropertyName, "dead").SetItem("os_glance_importing_to_stores", "cheap") }, cancel);
        await File.WriteAllTextAsync(Path.Combine(api.CheapFolder, id), "complete, but not yet known", cancel);
        await api.Server.DisposeAsync();

        await api.StartServerAsync(new LaterClock(TimeSpan.FromMinutes(2)));

        (JsonNode image, JsonNode ended) = await api.SettledAsync(id);
        ((string?)image["status"], (string?)image["stores"], (string?)image["os_glance_failed_import"], (string?)ended["status"]).Should().Be(("active", "fast", "cheap", "failure"));
        Directory.GetFiles(api.CheapFolder).Should().BeEmpty();
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Text.Should().Be("0123456789");
    }

    [Fact]
    public async Task What_another_service_works_on_is_left_alone()
    {
        string id = await api.CreateAsync();
        await api.ImportAsync(id, Web(web.Url + "/slow"));
        await web.Asked;
        ImageServer first = api.Server;
        await api.StartServerAsync(TimeProvider.System);
        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("importing");
        web.GoOn();
        ((string?)(await api.SettledAsync(id)).Image["status"]).Should().Be("active");
        await first.DisposeAsync();
    }

    [Fact]
    public async Task A_service_that_stood_still_until_another_took_its_image_over_takes_nothing_of_theirs_away()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string id = await api.CreateAsync();
        await api.ImportAsync(id, Web(web.Url + "/slow"));
        await web.Asked;
        string task = (string)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/tasks")).Json["tasks"]![0]!["id"]!;
        await api.Server.Database.Images.TakeForTaskAsync(id, "somebody-else", task, DateTime.UtcNow, image => image, cancel);
        string staged = Path.Combine(api.StagingFolder, id);
        await File.WriteAllTextAsync(staged, "theirs", cancel);
        web.GoOn();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((string?)(await api.GetAsync(ApiServer.Admin, $"/v2/tasks/{task}")).Json["status"] != "failure") await Task.Delay(20, patience.Token);

        (await File.ReadAllTextAsync(staged, cancel)).Should().Be("theirs");
        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["os_glance_import_task"]).Should().Be("somebody-else");
    }

    private sealed class LaterClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
