using System.Diagnostics.Metrics;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Monitoring;

public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_are_not_on_the_apis_listener_unless_asked_for()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        (await api.GetAsync("", "/metrics")).Status.Should().Be(300, "it is a path like any other, answered with the versions");
    }

    [Fact]
    public async Task Work_shows_in_the_metrics()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = "[metrics]\nenabled = true" });
        string id = await api.CreateActiveAsync(data: "0123456789");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file", "Range: bytes=0-3")).Status.Should().Be(206);
        (await api.GetAsync(ApiServer.Owner, "/v2/images/none")).Status.Should().Be(404);
        (await api.SendAsync(ApiServer.Owner, "BREW", "/pot")).Status.Should().Be(300);
        string staged = await api.StagedAsync([1, 2, 3]);
        (await api.ImportAsync(staged, ImportServer.Glance())).Status.Should().Be(202);
        await api.SettledAsync(staged);

        Answer answer = await api.GetAsync("", "/metrics");
        (answer.Status, answer.Header("Content-Type")).Should().Be((200, "text/plain; version=0.0.4; charset=utf-8"));
        string[] lines = answer.Text.Split('\n');
        lines.Should().Contain("# TYPE glance_http_request_duration_seconds histogram");
        lines.Should().Contain("glance_http_request_duration_seconds_count{route=\"/v2/images/{id}/file\",method=\"PUT\",status=\"204\"} 1");
        lines.Should().Contain("glance_http_request_duration_seconds_bucket{route=\"/v2/images/{id}\",method=\"GET\",status=\"404\",le=\"+Inf\"} 1");
        lines.Should().Contain("glance_http_request_duration_seconds_count{route=\"other\",method=\"other\",status=\"300\"} 1");
        lines.Should().Contain("glance_image_bytes_received_total 13").And.Contain("glance_image_bytes_sent_total 4").And.Contain("glance_uploads_running 0");
        lines.Should().Contain("glance_tasks_ended_total{type=\"api_image_import\",outcome=\"success\"} 1");
        lines.Should().Contain("glance_store_operation_duration_seconds_count{store=\"fast\",operation=\"write\"} 2");
        lines.Should().Contain("glance_tokens_total{source=\"keystone\"} 2", "the owner's, and the administrator's of the test");
        lines.Should().Contain("glance_images{status=\"active\"} 2").And.Contain(line => line.StartsWith("glance_process_resident_bytes "));
    }

    [Fact]
    public async Task An_upload_that_runs_is_seen_and_a_store_that_fails_too()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = "[metrics]\nenabled = true" });
        string id = await api.CreateAsync();
        using (var held = new HeldUpload(api, id))
        {
            await held.HasBegunAsync();
            (await api.GetAsync("", "/metrics")).Text.Should().Contain("glance_uploads_running 1\n").And.Contain("glance_images{status=\"saving\"} 1\n");
            (await held.FinishAsync()).Should().Be(204);
        }

        Directory.Delete(api.ImagesFolder, recursive: true);
        (await api.UploadAsync(ApiServer.Owner, await api.CreateAsync(), [1])).Status.Should().NotBe(204);
        (await api.GetAsync("", "/metrics")).Text.Should().Contain("glance_store_failures_total{store=\"fast\",operation=\"write\"} 1\n");
    }

    [Fact]
    public void Label_values_are_escaped_and_buckets_add_up()
    {
        using var metrics = new ServiceMetrics();
        using var prometheus = new Prometheus(metrics);
        prometheus.Start();
        metrics.StoreDid("a\"b\\c\nd", "write", TimeSpan.FromMilliseconds(3), failed: false);
        metrics.StoreDid("a\"b\\c\nd", "write", TimeSpan.FromHours(2), failed: true);
        string text = prometheus.Write();
        const string labels = "store=\"a\\\"b\\\\c\\nd\",operation=\"write\"";
        text.Should().Contain($"glance_store_operation_duration_seconds_bucket{{{labels},le=\"0.0025\"}} 0\n");
        text.Should().Contain($"glance_store_operation_duration_seconds_bucket{{{labels},le=\"0.005\"}} 1\n");
        text.Should().Contain($"glance_store_operation_duration_seconds_bucket{{{labels},le=\"3600\"}} 1\n");
        text.Should().Contain($"glance_store_operation_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 2\n");
        text.Should().Contain($"glance_store_operation_duration_seconds_sum{{{labels}}} 7200.003\n");
        text.Should().Contain($"glance_store_failures_total{{{labels}}} 1\n");
    }

    [Fact]
    public void Servers_in_one_process_do_not_mix()
    {
        using ServiceMetrics one = new(), two = new();
        using var prometheus = new Prometheus(one);
        prometheus.Start();
        two.Received(5);
        using (var foreign = new Meter("KollaNet.ImageService")) foreign.CreateCounter<int>("glance.foreign").Add(1);
        prometheus.Write().Should().NotContain("glance_image_bytes_received_total 5").And.NotContain("foreign");
    }
}
