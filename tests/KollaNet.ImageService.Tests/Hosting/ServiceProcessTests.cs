using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Tests.Api;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>The program as operators run it.</summary>
public sealed class ServiceProcessTests : IDisposable
{
    private readonly ServiceFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_listens_where_it_is_told_to_and_nowhere_else_and_says_so_when_it_does()
    {
        int[] ports = FreePort.Find(2);
        (int port, int metrics) = (ports[0], ports[1]);
        await using ServiceProcess service = Serve($"bind_host = 127.0.0.2, 127.0.0.3, ::1\nbind_port = {port}\n[metrics]\nbind_host = 127.0.0.4\nbind_port = {metrics}");
        string line = await service.ListeningAsync();
        line.Should().Contain($"http://127.0.0.2:{port}, http://127.0.0.3:{port}, http://[::1]:{port}, http://127.0.0.4:{metrics}");
        ListeningSockets.Of(service.Id).Should().BeEquivalentTo(new IPEndPoint[]
        {
            new(IPAddress.Parse("127.0.0.2"), port), new(IPAddress.Parse("127.0.0.3"), port), new(IPAddress.IPv6Loopback, port), new(IPAddress.Parse("127.0.0.4"), metrics),
        });

        using var http = new HttpClient();
        (await http.GetStringAsync(new Uri($"http://[::1]:{port}/healthcheck"), Cancel)).Should().Be("OK");
        (await http.GetStringAsync(new Uri($"http://127.0.0.4:{metrics}/metrics"), Cancel)).Should().Contain("glance_images");
        (await http.GetAsync(new Uri($"http://127.0.0.4:{metrics}/v2/images"), Cancel)).StatusCode.Should().Be(HttpStatusCode.NotFound, "the API is not there");
        (await http.GetAsync(new Uri($"http://127.0.0.2:{port}/metrics"), Cancel)).StatusCode.Should().Be(HttpStatusCode.MultipleChoices, "the metrics are not there");
    }

    [Fact]
    public async Task With_no_configuration_at_all_it_keeps_images_in_the_folder_it_is_started_in_for_this_machine_alone()
    {
        await TestMachine.EnsurePackagesAsync(Cancel, "iproute2", "curl");
        string id, data = Path.Combine(folder.Root, "disk.raw");
        await File.WriteAllTextAsync(data, "0123456789", Cancel);
        await using (ServiceProcess service = ServiceProcess.ServeAlone(folder.Root))
        {
            (await service.ListeningAsync()).Should().Contain("http://127.0.0.1:9292");
            (await service.RunBesideAsync("ss", "--listening", "--tcp", "--numeric", "--no-header")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle().Which.Should().Contain("127.0.0.1:9292");
            id = (string)JsonNode.Parse(await Curl(service, "/v2/images", "--json", """{"disk_format": "raw", "container_format": "bare"}"""))!["id"]!;
            await Curl(service, $"/v2/images/{id}/file", "--request", "PUT", "--header", "Content-Type: application/octet-stream", "--data-binary", $"@{data}");
            await service.SignalAsync("TERM");
            (await service.EndedAsync()).Should().Be(0);
        }

        string home = Path.Combine(folder.Root, "kollanet-image");
        (await File.ReadAllTextAsync(Path.Combine(home, "images", id), Cancel)).Should().Be("0123456789");
        Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).Should().BeEquivalentTo("disk.raw", "kollanet-image");
        await using ServiceProcess again = ServiceProcess.ServeAlone(folder.Root);
        await again.ListeningAsync();
        (await Curl(again, $"/v2/images/{id}/file")).Should().Be("0123456789");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_clear_message_and_exit_code_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using ServiceProcess service = Serve($"bind_port = {port}");
        (await service.EndedAsync()).Should().Be(1);
        service.Output.Should().Contain($"cannot listen on http://127.0.0.1:{port}.").And.Contain("  Why:  Another process listens there already.").And.Contain("  Next: stop it");
        service.Output.Should().NotContain("listening on").And.NotContain("   at ").And.NotContain("Exception");
    }

    [Fact]
    public async Task Sighup_opens_the_log_file_anew_and_changes_debug()
    {
        await using ServiceProcess service = Serve("log_dir = logs\nlog_file = glance-api.log\nuse_json = true");
        await service.ListeningAsync();
        string log = Path.Combine(folder.Root, "logs", "glance-api.log");
        File.Move(log, log + ".1");
        await File.WriteAllTextAsync(folder.ConfigFile, (await File.ReadAllTextAsync(folder.ConfigFile, Cancel)).Replace("use_json", "debug = true\nuse_json"), Cancel);
        await service.SignalAsync("HUP");
        await service.PrintedAsync("reloaded");
        (await File.ReadAllTextAsync(log, Cancel)).Should().Contain("reloaded");
        (await File.ReadAllTextAsync(log + ".1", Cancel)).Should().NotContain("reloaded");

        await File.WriteAllTextAsync(folder.ConfigFile, "[DEFAULT]\nbind_port = nonsense\n", Cancel);
        await service.SignalAsync("HUP");
        await service.PrintedAsync("the one from before stays");
        (await service.Http.GetStringAsync(new Uri("/healthcheck", UriKind.Relative), Cancel)).Should().Be("OK");
    }

    [Fact]
    public async Task Sigterm_lets_an_upload_end_and_closes_idle_connections()
    {
        await using ServiceProcess service = Serve("");
        await service.ListeningAsync();
        (HttpClient http, int port) = (service.Http, service.Http.BaseAddress!.Port);
        using HttpResponseMessage made = await http.PostAsync(new Uri("/v2/images", UriKind.Relative), ApiServer.Json("""{"disk_format": "raw", "container_format": "bare"}"""), Cancel);
        string id = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync(Cancel))!["id"]!;
        using var idle = new TcpClient("127.0.0.1", port);
        using var upload = new TcpClient("127.0.0.1", port);
        await SendAsync(upload, $"PUT /v2/images/{id}/file HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n01234");
        while (!(await http.GetStringAsync(new Uri($"/v2/images/{id}", UriKind.Relative), Cancel)).Contains("saving")) await Task.Delay(20, Cancel);

        await service.SignalAsync("TERM");
        (await idle.GetStream().ReadAsync(new byte[1], Cancel)).Should().Be(0, "it is closed");
        await SendAsync(upload, "56789");
        using var answer = new StreamReader(upload.GetStream());
        (await answer.ReadLineAsync(Cancel)).Should().Be("HTTP/1.1 204 No Content");
        (await service.EndedAsync()).Should().Be(0);
        service.Output.Should().Contain("stopped");
        (await File.ReadAllTextAsync(Path.Combine(folder.ImagesFolder, id), Cancel)).Should().Be("0123456789");
    }

    [Fact]
    public async Task Sighup_says_what_was_not_taken_over()
    {
        await using ServiceProcess service = Serve("");
        await service.ListeningAsync();
        await service.SignalAsync("HUP");
        (await service.PrintedAsync("reloaded: ")).Should().EndWith("reloaded: log files, debug and policy files; other options need a restart");
        await File.WriteAllTextAsync(Path.Combine(folder.Root, "policy.yaml"), "\"get_image\": \"role:\\\"", Cancel);
        await service.SignalAsync("HUP");
        (await service.PrintedAsync("; not the policy files")).Should().Contain("reloaded: log files and debug; not the policy files, which cannot be used, so that those from before stay");
    }

    [Fact]
    public async Task A_database_file_that_can_only_be_read_stops_the_start()
    {
        folder.Configure();
        string data = Directory.CreateDirectory(Path.Combine(folder.Root, "data")).FullName;
        await File.WriteAllTextAsync(folder.ConfigFile, (await File.ReadAllTextAsync(folder.ConfigFile, Cancel)).Replace($"{folder.Root}/glance.sqlite", $"{data}/glance.sqlite"), Cancel);
        await using (ServiceProcess sync = ServiceProcess.Run(folder.ConfigFile, ["db", "sync"])) (await sync.EndedAsync()).Should().Be(0);
        await using ServiceProcess service = ServiceProcess.Run(folder.ConfigFile, ["serve"], $"mount --bind {data}/glance.sqlite {data}/glance.sqlite && mount -o remount,bind,ro {data}/glance.sqlite");
        (await service.EndedAsync()).Should().Be(1);
        service.Output.Should().Contain("The image database cannot be written.").And.Contain("  Next: give the user").And.NotContain("   at ").And.NotContain("listening on");
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_told_by_health_and_callers_do_not_see_where_it_is()
    {
        folder.Configure("[healthcheck]\ndetailed = true");
        Directory.CreateDirectory(folder.ImagesFolder);
        await using ServiceProcess service = await ServiceProcess.ServeAsync(folder.ConfigFile, $"mount --bind {folder.ImagesFolder} {folder.ImagesFolder} && mount -o remount,bind,ro {folder.ImagesFolder}");
        using HttpResponseMessage health = await service.Http.GetAsync(new Uri("/healthcheck", UriKind.Relative), Cancel);
        (health.StatusCode, (await health.Content.ReadAsStringAsync(Cancel)).Contains("STORE NOT WRITABLE")).Should().Be((HttpStatusCode.ServiceUnavailable, true));

        using HttpResponseMessage made = await service.Http.PostAsync(new Uri("/v2/images", UriKind.Relative), ApiServer.Json("""{"disk_format": "raw", "container_format": "bare"}"""), Cancel);
        string id = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync(Cancel))!["id"]!;
        using HttpResponseMessage refused = await service.Http.PutAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), ApiServer.Octets([1, 2, 3]), Cancel);
        string body = await refused.Content.ReadAsStringAsync(Cancel);
        (refused.StatusCode, body.Contains(folder.Root)).Should().Be((HttpStatusCode.ServiceUnavailable, false), body);
        body.Should().Contain("The image store does not let this service in, or cannot be written.");
        (await service.PrintedAsync($"{id}/file: Cannot write {folder.ImagesFolder}")).Should().Contain("WARNING");
    }

    [Fact]
    public void Without_a_configuration_a_folder_that_cannot_be_made_is_told_with_what_to_do() =>
        FluentActions.Invoking(() => StandAlone.Options("/dev/null/kollanet-image")).Should().Throw<FormatException>().WithMessage("*/dev/null/kollanet-image*XDG_DATA_HOME*--config-file*");

    [Fact]
    public async Task Metrics_on_the_port_of_the_api_are_a_matter_of_this_configuration()
    {
        int port = FreePort.Find(1)[0];
        await using ServiceProcess service = Serve($"bind_port = {port}\n[metrics]\nbind_port = {port}");
        (await service.EndedAsync()).Should().Be(1);
        service.Output.Should().Contain($"127.0.0.1:{port} is taken by this configuration itself").And.NotContain("Another process");
    }

    private static Task<string> Curl(ServiceProcess service, string path, params string[] arguments) => service.RunBesideAsync(["curl", "--silent", "--show-error", "--fail", .. arguments, $"http://127.0.0.1:9292{path}"]);

    private static Task SendAsync(TcpClient client, string text) => client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(text), Cancel).AsTask();

    private ServiceProcess Serve(string options)
    {
        folder.Configure(options);
        return ServiceProcess.Run(folder.ConfigFile, ["serve"]);
    }
}
