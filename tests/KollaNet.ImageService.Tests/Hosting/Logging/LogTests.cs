using System.Text.Json.Nodes;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Tests.Api;
using Microsoft.Extensions.Logging;

namespace KollaNet.ImageService.Tests.Hosting.Logging;

public sealed class LogTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_one_line_with_what_operators_look_for_and_no_token()
    {
        var text = new StringWriter();
        Answer answer;
        await using (ApiServer api = await ApiServer.StartAsync(new ApiServer { Log = TextWriter.Synchronized(text), Sections = "[oslo_middleware]\nenable_proxy_headers_parsing = true" }))
            answer = await api.GetAsync(ApiServer.Owner, "/v2/images?name=x", "X-Openstack-Request-ID: mine", "X-Forwarded-For: 192.0.2.7, 10.0.0.1");
        string line = text.ToString().Split('\n').Single(line => line.Contains("GET /v2/images"));
        line.Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO ApiPipeline \[req-mine\] GET /v2/images status=200 bytes=\d+ ms=\d+\.\d user=user-of-p1 project=p1 client=192\.0\.2\.7$");
        line.Should().Contain($"bytes={answer.Body.Length} ");
        text.ToString().Should().NotContain(ApiServer.Owner).And.NotContain(Identity.FakeKeystone.Password);
    }

    [Fact]
    public void As_json_an_entry_has_oslo_logs_fields()
    {
        var text = new StringWriter();
        using (var log = new LineLog(asJson: true, text))
        {
            ILogger logger = log.CreateLogger("KollaNet.Some.Place");
            RequestScope.Current = new RequestScope("req-1", "u1", "p1");
            logger.Log(LogLevel.Warning, default, new Dictionary<string, object?> { ["ImageSize"] = 5L, ["Url"] = "s3://key:sec/ret@host/b" }.ToArray(), new InvalidOperationException("broken\nin two"), (_, _) => "it \"broke\"");
            RequestScope.Current = null;
        }

        text.ToString().TrimEnd('\n').Should().NotContain("\n");
        JsonNode entry = JsonNode.Parse(text.ToString())!;
        ((string?)entry["message"], (string?)entry["name"], (string?)entry["levelname"], (int)entry["levelno"]!).Should().Be(("it \"broke\"", "Place", "WARNING", 30));
        ((string?)entry["context"]!["request_id"], (string?)entry["context"]!["user_id"], (string?)entry["context"]!["project_id"]).Should().Be(("req-1", "u1", "p1"));
        ((long)entry["extra"]!["image_size"]!, (string?)entry["extra"]!["url"]).Should().Be((5L, "s3://***@host/b"));
        ((string?)entry["traceback"]).Should().StartWith("System.InvalidOperationException: broken\nin two");
        entry["process"]!.GetValue<int>().Should().Be(Environment.ProcessId);
    }

    [Theory]
    [InlineData("mysql+pymysql://glance:pa@ss@db/glance is away", "mysql+pymysql://***@db/glance is away")]
    [InlineData("s3+https://AK:se/cr+et@host/bucket/id", "s3+https://***@host/bucket/id")]
    [InlineData("X-Auth-Token: gAAAA.B-c_d, next", "X-Auth-Token: ***, next")]
    [InlineData("{\"password\": \"hush\", \"user\": \"u\"}", "{\"password\": \"***\", \"user\": \"u\"}")]
    [InlineData("password=hush&x=1", "password=***&x=1")]
    [InlineData("https://host/path says mail@example.org", "https://host/path says mail@example.org")]
    [InlineData("nothing to hide", "nothing to hide")]
    public void Secrets_are_masked(string message, string written)
    {
        var text = new StringWriter();
        using (var log = new LineLog(text)) log.CreateLogger("x").Log(LogLevel.Information, default, message, null, (state, _) => state);
        text.ToString().Should().EndWith($" {written}\n");
    }

    [Theory]
    [InlineData("move")]
    [InlineData("delete")]
    [InlineData("cut")]
    public async Task Rotation_loses_no_line(string how)
    {
        string folder = Directory.CreateTempSubdirectory("kollanet-log-").FullName, path = Path.Combine(folder, "a.log");
        await using (var file = new LogFile(path))
        {
            string filler = new('x', 40_000);
            await file.WriteAsync($"first {filler}\n");
            await file.FlushAsync(Cancel);
            if (how == "move") File.Move(path, path + ".1");
            else if (how == "delete") File.Delete(path);
            else File.WriteAllText(path, "");
            await file.WriteAsync("second\n");
            await file.FlushAsync(Cancel);
        }

        (await File.ReadAllTextAsync(path, Cancel)).Should().Be("second\n");
        Directory.Delete(folder, recursive: true);
    }
}
