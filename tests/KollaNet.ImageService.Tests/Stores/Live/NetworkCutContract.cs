using System.Security.Cryptography;
using KollaNet.ImageService.Tests.Api;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>The network between the service and a backend dies in the middle of work: packets vanish. The client hears of it in bounded time, no image is lost,
/// nothing half-written stays once the network is back, and work goes on then.</summary>
public abstract class NetworkCutContract : IAsyncLifetime
{
    private const int SizeBytes = 40 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly byte[] content = RandomNumberGenerator.GetBytes(SizeBytes);
    private readonly LiveLog log = new();
    private LiveApi api = null!;
    private string kept = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected abstract LiveStore Store { get; }

    protected abstract ContainerNetwork Network { get; }

    public async ValueTask InitializeAsync()
    {
        await StartBackendAsync();
        api = await LiveApi.StartAsync(Store, log: log);
        kept = await api.CreateActiveAsync(content);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (api is not null) await api.DisposeAsync();
        await StopBackendAsync();
    }

    [Fact]
    public async Task In_the_middle_of_uploads_and_downloads_it_is_an_error_in_bounded_time_and_nothing_half_written_stays()
    {
        string id = await api.Server.CreateAsync();
        await using Stream download = await api.OpenAsync(kept);
        await download.ReadExactlyAsync(new byte[100_000], Cancel);
        var source = new StoppingStream(SizeBytes, at: SizeBytes / 2, () => Network.CutAsync(Cancel));

        Answer answer = await api.UploadAsync(id, source, SizeBytes).WaitAsync(Limit, Cancel);
        await FluentActions.Awaiting(() => download.CopyToAsync(Stream.Null, Cancel).WaitAsync(Limit, Cancel)).Should().ThrowAsync<IOException>();

        answer.Status.Should().Be(503, log.ToString());
        answer.Text.Should().Contain("cannot be reached");
        (await api.StatusAsync(id)).Should().Be("queued");
        (await api.StatusAsync(kept)).Should().Be("active");

        await Network.MendAsync(Cancel);
        await OnlyTheKeptImageIsThereAsync();
        await api.ShouldHoldAsync(kept, content);
        (await api.UploadAsync(id, new MemoryStream(content), SizeBytes)).Status.Should().Be(204);
        await api.ShouldHoldAsync(id, content);
    }

    protected abstract Task StartBackendAsync();

    protected abstract Task StopBackendAsync();

    /// <summary>The service cleans up on its own as soon as it can.</summary>
    private async Task OnlyTheKeptImageIsThereAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Limit);
        while ((await Store.ListAsync(deadline.Token)).Any(name => !name.StartsWith(kept, StringComparison.Ordinal)))
        {
            api.AMinutePasses();
            await Task.Delay(TimeSpan.FromMilliseconds(500), deadline.Token);
        }
    }
}

public sealed class SwiftNetworkCut : NetworkCutContract
{
    private SwiftServer? server;
    private LiveSwift? store;

    private protected override LiveStore Store => store!;

    protected override ContainerNetwork Network => server!.Network!;

    protected override async Task StartBackendAsync()
    {
        server = await SwiftServer.StartAsync(1L << 30, Cancel, ownNetwork: true);
        store = new LiveSwift(server);
    }

    protected override async Task StopBackendAsync()
    {
        store?.Dispose();
        if (server is not null) await server.DisposeAsync();
    }
}

public sealed class S3NetworkCut : NetworkCutContract
{
    private SwiftServer? server;
    private LiveS3? store;

    private protected override LiveStore Store => store!;

    protected override ContainerNetwork Network => server!.Network!;

    protected override async Task StartBackendAsync()
    {
        server = await SwiftServer.StartAsync(1L << 30, Cancel, ownNetwork: true);
        store = new LiveS3(new Uri(server.Url), server.User, server.Key);
    }

    protected override async Task StopBackendAsync()
    {
        if (server is not null) await server.DisposeAsync();
    }
}

public sealed class CephNetworkCut : NetworkCutContract
{
    private CephServer? ceph;

    private protected override LiveStore Store => new LiveCeph(ceph!);

    protected override ContainerNetwork Network => ceph!.Network!;

    protected override async Task StartBackendAsync() => ceph = await CephServer.StartAsync(Cancel, ownNetwork: true);

    protected override async Task StopBackendAsync()
    {
        if (ceph is not null) await ceph.DisposeAsync();
    }
}
