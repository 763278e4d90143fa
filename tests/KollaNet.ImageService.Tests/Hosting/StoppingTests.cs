using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Hosting;

public sealed class StoppingTests
{
    [Fact]
    public async Task A_service_that_stops_says_so_before_it_stops_to_listen()
    {
        var clock = new ManualClock(DateTime.UtcNow);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Time = clock, Sections = "[healthcheck]\ndrain_delay = 10" });
        (await api.GetAsync("", "/healthcheck")).Status.Should().Be(200);
        Task stopping = api.Server.StopAsync(CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Answer answer;
        while ((answer = await api.GetAsync("", "/healthcheck")).Status != 503) await Task.Delay(20, patience.Token);
        answer.Text.Should().Be("SHUTTING DOWN");
        (await api.GetAsync(ApiServer.Owner, "/v2/images")).Status.Should().Be(200, "who comes meanwhile is served");
        stopping.IsCompleted.Should().BeFalse();

        clock.Advance(TimeSpan.FromSeconds(11));
        await stopping.WaitAsync(patience.Token);
        Func<Task> ask = () => api.GetAsync("", "/healthcheck");
        await ask.Should().ThrowAsync<HttpRequestException>();
    }
}
