using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>The service over a backend that goes wrong: one image that waits for its data, and what clients are told.</summary>
internal sealed class BackendFault : IAsyncDisposable
{
    private const int UsualBytes = 6_000_000;

    private readonly LiveStore store;
    private readonly LiveApi api;
    private readonly LiveLog log;
    private readonly string id;

    private BackendFault(LiveStore store, LiveApi api, LiveLog log, string id) => (this.store, this.api, this.log, this.id) = (store, api, log, id);

    public string Log => log.ToString();

    public static async Task<BackendFault> StartAsync(LiveStore store)
    {
        var log = new LiveLog();
        LiveApi api = await LiveApi.StartAsync(store, log: log);
        return new BackendFault(store, api, log, await api.Server.CreateAsync());
    }

    /// <summary>The upload is refused in bounded time, the reason is logged, the image waits for its next upload, and nothing stays in the store.</summary>
    /// <param name="looks">Whether the backend can be asked what lies there.</param>
    /// <param name="happens">What happens when half of the bytes have gone.</param>
    public async Task ShouldAnswerAsync(int status, string reason, int sizeBytes = UsualBytes, bool looks = true, Func<Task>? happens = null)
    {
        var source = new StoppingStream(sizeBytes, sizeBytes / 2, happens ?? (() => Task.CompletedTask));
        Answer answer = await api.UploadAsync(id, source, sizeBytes).WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);

        answer.Status.Should().Be(status, answer.Text);
        await log.ShouldSayAsync(reason);
        (await api.StatusAsync(id)).Should().Be("queued");
        if (looks) await ShouldBeEmptyAsync();
    }

    /// <summary>The same image can be uploaded, and read.</summary>
    public async Task ShouldWorkNowAsync()
    {
        byte[] data = new byte[UsualBytes];
        Random.Shared.NextBytes(data);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        for (Answer answer = await UploadAsync(data); answer.Status != 204; answer = await UploadAsync(data))
        {
            answer.Status.Should().BeOneOf([503, 409], answer.Text);   // A backend comes back in its own time; what it was left with is being cleared away.
            deadline.IsCancellationRequested.Should().BeFalse("it still answers {0}: {1}", answer.Status, log);
            await Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None);
        }

        await api.ShouldHoldAsync(id, data);
        await api.DeleteAsync(id);
        await ShouldBeEmptyAsync();
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    private Task<Answer> UploadAsync(byte[] data) => api.UploadAsync(id, new MemoryStream(data), data.Length);

    private async Task ShouldBeEmptyAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await store.ListAsync(deadline.Token)).Count > 0)
        {
            api.AMinutePasses();
            await Task.Delay(TimeSpan.FromMilliseconds(200), deadline.Token);
        }
    }
}
