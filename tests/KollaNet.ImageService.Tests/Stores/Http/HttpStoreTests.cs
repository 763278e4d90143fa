using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Http;
using KollaNet.ImageService.Tests.Imports;
using KollaNet.ImageService.Tests.Stores.Trials;

namespace KollaNet.ImageService.Tests.Stores.Http;

/// <summary>Web servers that take their time.</summary>
public sealed class HttpStoreTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 200_000).Select(i => (byte)i)];
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300), Long = TimeSpan.FromMinutes(5), Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_says_nothing_is_given_up(bool tls)
    {
        await using var server = new SilentServer(tls);
        string url = $"{(tls ? "https" : "http")}://127.0.0.1:{server.Port}/x";
        using HttpStore hasty = Store(Short, Long), patient = Store(Long, Short);

        await FluentActions.Awaiting(() => hasty.SizeAsync(url, Cancel).WaitAsync(Deadline)).Should().ThrowAsync<StoreUnreachableException>().WithInnerException(typeof(TimeoutException));
        await FluentActions.Awaiting(() => patient.OpenReadAsync(url, 0, null, Cancel).WaitAsync(Deadline)).Should().ThrowAsync<StoreUnreachableException>().WithInnerException(typeof(TimeoutException));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(150_000)]
    public async Task A_body_that_stops_coming_is_given_up_also_while_its_beginning_is_passed_over(long offsetBytes)
    {
        await using WebServer web = await WebServer.StartAsync(Data);
        using HttpStore store = Store(Long, Short);

        Func<Task> reading = async () =>
        {
            await using Stream body = await store.OpenReadAsync($"{web.Url}/slow", offsetBytes, null, Cancel);
            await body.CopyToAsync(Stream.Null, Cancel);
        };

        await FluentActions.Awaiting(() => reading().WaitAsync(Deadline)).Should().ThrowAsync<StoreUnreachableException>();
    }

    [Fact]
    public async Task A_reader_that_is_slow_and_one_who_leaves_are_no_fault_of_the_server()
    {
        await using WebServer web = await WebServer.StartAsync(Data);
        var enough = TimeSpan.FromSeconds(2);   // For a server on a busy machine.
        using HttpStore store = Store(Long, enough);
        await using Stream slow = await store.OpenReadAsync($"{web.Url}/image", 0, null, Cancel);
        await Task.Delay(enough * 1.25, Cancel);
        using var whole = new MemoryStream();
        await slow.CopyToAsync(whole, Cancel);
        whole.ToArray().Should().Equal(Data);

        using HttpStore patient = Store(Long, Long);
        await using Stream left = await patient.OpenReadAsync($"{web.Url}/slow", 0, null, Cancel);
        using var leaving = new CancellationTokenSource(Short);
        await FluentActions.Awaiting(() => left.CopyToAsync(Stream.Null, leaving.Token).WaitAsync(Deadline)).Should().ThrowAsync<OperationCanceledException>();
    }

    private static HttpStore Store(TimeSpan sizeLimit, TimeSpan patience) => new(new StoreOptions { Id = "web", Type = "http" }, patience) { SizeLimit = sizeLimit };
}
