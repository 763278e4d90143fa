using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Api;

public sealed class Health
{
    [Fact]
    public async Task A_service_that_works_says_ok_to_anybody()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        Answer answer = await api.GetAsync("", "/healthcheck");
        (answer.Status, answer.Text, answer.Header("Content-Type")).Should().Be((200, "OK", "text/plain; charset=UTF-8"));
        (await api.SendAsync("", "HEAD", "/healthcheck")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Either_file_takes_the_service_out_and_its_removal_brings_it_back()
    {
        string mine = Path.GetTempFileName(), ofOthers = Path.GetTempFileName();
        string[] unused = [$"{mine}.none"];
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = $"[healthcheck]\ndisable_by_file_path = {unused[0]}\ndisable_by_file_paths = 0:{mine},1:{ofOthers}" });
        Answer closed = await api.GetAsync("", "/healthcheck");
        (closed.Status, closed.Text).Should().Be((503, "DISABLED BY FILE"));
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200, "requests that come all the same are served");
        File.Delete(mine);
        (await api.GetAsync("", "/healthcheck")).Status.Should().Be(200);
        File.Delete(ofOthers);
    }

    [Fact]
    public async Task One_store_of_two_may_be_away_but_not_both_and_the_details_say_which()
    {
        var clock = new ManualClock(DateTime.UtcNow);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { SecondStore = true, Time = clock, Sections = "[healthcheck]\ndetailed = true" });
        Directory.Delete(api.CheapFolder, recursive: true);
        clock.Advance(TimeSpan.FromSeconds(2));
        Answer half = await api.GetAsync("", "/healthcheck");
        half.Status.Should().Be(200);
        Reasons(half).Should().Equal("database: OK", "store fast: OK", "store cheap: STORE UNAVAILABLE");

        Directory.Delete(api.ImagesFolder, recursive: true);
        (await api.GetAsync("", "/healthcheck")).Status.Should().Be(200, "the answer is less than a second old");
        clock.Advance(TimeSpan.FromSeconds(2));
        Answer none = await api.GetAsync("", "/healthcheck");
        (none.Status, (string?)none.Json["status"]).Should().Be((503, "UNAVAILABLE"));
        Directory.CreateDirectory(api.ImagesFolder);
        clock.Advance(TimeSpan.FromSeconds(2));
        (await api.GetAsync("", "/healthcheck")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_database_that_is_away_is_told_and_its_return_too()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        MariaDbServer server = await MariaDbServer.StartedAsync(cancel);
        string url = await server.NewDatabaseAsync("health", cancel), name = new Uri(url).AbsolutePath[1..];
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Database = _ => Task.FromResult(url) });
        await UntilAsync(api, 200);
        await server.ExecuteAsRootAsync($"DROP DATABASE {name}", cancel);
        await UntilAsync(api, 503);
        (await api.GetAsync("", "/healthcheck")).Text.Should().Be("DATABASE NOT READY");
        await server.ExecuteAsRootAsync($"CREATE DATABASE {name}", cancel);
        await api.Server.Database.Schema.SyncAsync(cancel);
        await UntilAsync(api, 200);
    }

    private static IEnumerable<string> Reasons(Answer answer) => answer.Json["reasons"]!.AsArray().Select(reason => $"{(string?)reason!["class"]}: {(string?)reason["reason"]}");

    private static async Task UntilAsync(ApiServer api, int status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while ((await api.GetAsync("", "/healthcheck")).Status != status) await Task.Delay(100, patience.Token);
    }
}
