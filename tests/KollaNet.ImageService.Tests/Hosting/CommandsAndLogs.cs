using System.Net.Sockets;
using System.Text;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Tests.Api;
using Microsoft.Extensions.Logging;

namespace KollaNet.ImageService.Tests.Hosting;

public sealed class CommandsAndLogs
{
    [Fact]
    public async Task The_database_commands_make_check_and_name_the_tables()
    {
        string folder = Directory.CreateTempSubdirectory("kollanet-db-").FullName;
        string conf = Path.Combine(folder, "glance-api.conf");
        await File.WriteAllTextAsync(conf, $"[database]\nconnection = sqlite:///{folder}/glance.sqlite\n", TestContext.Current.CancellationToken);
        (await RunAsync("db", "check", "--config-file", conf)).Code.Should().Be(1);
        (await RunAsync("db", "version", $"--config-file={conf}")).Output.Should().Be("none\n");
        (await RunAsync("db", "sync", "--config-dir", folder)).Should().Be((0, "The image database is now at 2024_1_contract01.\n"));
        (await RunAsync("db", "sync", "--config-file", conf)).Should().Be((0, "The image database is at 2024_1_contract01; nothing to do.\n"));
        (await RunAsync("db", "check", "--config-file", conf)).Code.Should().Be(0);
        (await RunAsync("db", "version", "--config-file", conf)).Output.Should().Be("2024_1_contract01\n");
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(2, "nonsense")]
    [InlineData(2)]
    [InlineData(0, "--help")]
    public async Task Anything_else_explains_the_commands(int code, params string[] args)
    {
        (int Code, string Output) result = await RunAsync(args);
        result.Code.Should().Be(code);
        result.Output.Should().Contain("kollanet-image serve");
    }

    [Fact]
    public async Task A_log_entry_is_one_line_with_the_request_it_belongs_to()
    {
        var text = new StringWriter();
        using (var log = new LineLog(text))
        {
            ILogger logger = log.CreateLogger("KollaNet.ImageService.Images.ImageUpload");
            await Task.Run(() =>
            {
                RequestScope.Id = "req-1";
                logger.Log(LogLevel.Warning, default, "first\nsecond", null, static (state, _) => state);
            }, TestContext.Current.CancellationToken);
            logger.Log(LogLevel.Information, default, "outside", null, static (state, _) => state);
        }

        string[] lines = text.ToString().TrimEnd('\n').Split('\n');
        lines.Should().HaveCount(2);
        lines[0].Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING ImageUpload \[req-1\] first \| second$");
        lines[1].Should().EndWith("INFO ImageUpload [-] outside");
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_an_upload_leaves_the_image_queued()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        string id = await api.CreateAsync();
        using (var client = new TcpClient("127.0.0.1", api.Address.Port))
        {
            string head = $"PUT /v2/images/{id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ApiServer.Owner}\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + "some of it"), TestContext.Current.CancellationToken);
            await UntilStatusAsync(api, id, "saving");
        }

        await UntilStatusAsync(api, id, "queued");
        Directory.GetFiles(api.ImagesFolder, $"{id}*", SearchOption.AllDirectories).Should().BeEmpty();
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(204);
    }

    private static async Task UntilStatusAsync(ApiServer api, string id, string status)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"] != status)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        return (await CommandLine.RunAsync(args, output), output.ToString());
    }
}
