using System.Text.Json.Nodes;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Limits;

/// <summary>Keystone's unified limits over the API, with the default limits of <see cref="StartAsync"/> for every project.</summary>
public sealed class UnifiedLimits
{
    private const string Sections = "[oslo_limit]\nsystem_scope = all\nendpoint_id = image-endpoint";
    private static readonly byte[] OneMiB = new byte[1 << 20];

    [Fact]
    public async Task More_images_than_allowed_are_413_and_a_projects_own_limit_goes_before_the_registered_one()
    {
        await using ApiServer api = await StartAsync(count: 2);
        await api.CreateAsync();
        await api.CreateAsync();
        Answer refused = await api.PostAsync(ApiServer.Owner, "/v2/images", "{}");
        (refused.Status, refused.Text.Contains("image_count_total is over limit of 2")).Should().Be((413, true));
        api.Keystone.Limits[("p2", ProjectLimits.Count)] = 3;
        for (int i = 0; i < 3; i++) await api.CreateAsync(ApiServer.Other);
        (await api.PostAsync(ApiServer.Other, "/v2/images", "{}")).Status.Should().Be(413);
    }

    [Fact]
    public async Task Bytes_beyond_the_limit_are_refused_before_or_on_the_way_and_the_image_stays_queued()
    {
        await using ApiServer api = await StartAsync(sizeMiB: 2);
        string first = await api.CreateAsync(), second = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, first, OneMiB)).Status.Should().Be(204);
        (await api.UploadAsync(ApiServer.Owner, second, new byte[(1 << 20) + 1])).Status.Should().Be(413, "the length is declared");
        using (var chunked = new StreamContent(new MemoryStream(new byte[(1 << 20) + 1])))
        {
            chunked.Headers.ContentType = new("application/octet-stream");
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/v2/images/{second}/file") { Content = chunked, Headers = { TransferEncodingChunked = true } };
            request.Headers.Add("X-Auth-Token", ApiServer.Owner);
            using HttpResponseMessage answer = await api.Http.SendAsync(request, TestContext.Current.CancellationToken);
            ((int)answer.StatusCode).Should().Be(413, "one byte too many came");
        }

        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{second}")).Json["status"]).Should().Be("queued");
        (await api.UploadAsync(ApiServer.Owner, second, OneMiB)).Status.Should().Be(204);
        (await api.UploadAsync(ApiServer.Owner, await api.CreateAsync(), [1])).Status.Should().Be(413);
    }

    [Fact]
    public async Task Uploads_that_run_count()
    {
        await using ApiServer api = await StartAsync(uploading: 1);
        string running = await api.CreateAsync(), waiting = await api.CreateAsync();
        using var begun = new HeldUpload(api, running);
        await begun.HasBegunAsync();
        Answer refused = await api.UploadAsync(ApiServer.Owner, waiting, [1]);
        (refused.Status, refused.Text.Contains("image_count_uploading")).Should().Be((413, true));
        (await begun.FinishAsync()).Should().Be(204);
        (await api.UploadAsync(ApiServer.Owner, waiting, [1])).Status.Should().Be(204);
    }

    [Fact]
    public async Task Many_uploads_at_once_do_not_pass_the_limit_together()
    {
        await using ApiServer api = await StartAsync(sizeMiB: 3);
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.CreateAsync()));
        Answer[] answers = await Task.WhenAll(ids.Select(id => api.UploadAsync(ApiServer.Owner, id, OneMiB)));
        answers.Count(answer => answer.Status == 204).Should().BeLessThanOrEqualTo(3);
        answers.Should().OnlyContain(answer => answer.Status == 204 || answer.Status == 413);
    }

    [Fact]
    public async Task Staged_data_and_imports_are_limited()
    {
        await using ApiServer api = await StartAsync(stageMiB: 1, uploading: 1);
        string staged = await api.StagedAsync(OneMiB), other = await api.CreateAsync();
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{other}/stage", ApiServer.Octets([1]))).Status.Should().Be(413);
        (await api.ImportAsync(other, ImportServer.Web("http://192.0.2.1/none"))).Status.Should().Be(413);
        (await api.ImportAsync(staged, ImportServer.Glance())).Status.Should().Be(202, "what is staged counts already");
        ((string?)(await api.SettledAsync(staged)).Image["status"]).Should().Be("active");
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{other}/stage", ApiServer.Octets([1]))).Status.Should().Be(204);
    }

    [Fact]
    public async Task Usage_is_told_beside_the_limits()
    {
        await using ApiServer api = await StartAsync(sizeMiB: 10, stageMiB: 20, count: 30, uploading: 40);
        (await api.UploadAsync(ApiServer.Owner, await api.CreateAsync(), OneMiB)).Status.Should().Be(204);
        await api.StagedAsync(new byte[2 << 20]);
        await api.CreateAsync(ApiServer.Other);
        JsonNode usage = (await api.GetAsync(ApiServer.Owner, "/v2/info/usage")).Json["usage"]!;
        JsonNode.DeepEquals(usage, JsonNode.Parse("""
            {"image_size_total": {"limit": 10, "usage": 1}, "image_stage_total": {"limit": 20, "usage": 2},
             "image_count_total": {"limit": 30, "usage": 2}, "image_count_uploading": {"limit": 40, "usage": 1}}
            """)).Should().BeTrue(usage.ToJsonString());
        (await api.PostAsync(ApiServer.Owner, "/v2/info/usage", "{}")).Status.Should().BeOneOf(404, 405);
    }

    [Fact]
    public async Task Limits_that_cannot_be_read_are_503_and_nothing_is_made()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "use_keystone_limits = true", Sections = "[oslo_limit]\nsystem_scope = all\nendpoint_id = unknown" });
        (await api.PostAsync(ApiServer.Owner, "/v2/images", "{}")).Status.Should().Be(503);
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Json["images"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task What_no_limit_is_registered_for_is_not_allowed_and_minus_one_is_no_limit()
    {
        await using ApiServer api = await StartAsync(count: -1);
        api.Keystone.RegisteredLimits.TryRemove(ProjectLimits.Uploading, out _).Should().BeTrue();
        string id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(413);
    }

    [Fact]
    public async Task Limits_are_remembered_for_half_a_minute()
    {
        var clock = new ManualClock(DateTime.UtcNow);
        await using ApiServer api = await StartAsync(count: 1, time: clock);
        await api.CreateAsync();
        api.Keystone.RegisteredLimits[ProjectLimits.Count] = 2;
        (await api.PostAsync(ApiServer.Owner, "/v2/images", "{}")).Status.Should().Be(413);
        clock.Advance(TimeSpan.FromSeconds(31));
        (await api.PostAsync(ApiServer.Owner, "/v2/images", "{}")).Status.Should().Be(201);
    }

    private static async Task<ApiServer> StartAsync(int sizeMiB = 1000, int stageMiB = 1000, int count = 1000, int uploading = 1000, TimeProvider? time = null)
    {
        ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "use_keystone_limits = true", Sections = Sections, Time = time ?? TimeProvider.System });
        (string, int)[] limits = [(ProjectLimits.SizeTotal, sizeMiB), (ProjectLimits.StageTotal, stageMiB), (ProjectLimits.Count, count), (ProjectLimits.Uploading, uploading)];
        foreach ((string name, int limit) in limits) api.Keystone.RegisteredLimits[name] = limit;
        return api;
    }
}
