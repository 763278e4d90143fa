using System.Collections.Immutable;
using System.Security.Cryptography;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Swift;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Swift;

/// <summary>A real Swift that goes wrong: what is told, that nothing half-written stays, and that what can pass is tried again.</summary>
public sealed class SwiftFaultTests : IAsyncLifetime
{
    private const long Megabyte = SwiftStoreOptions.SwiftMegabyte;

    private readonly string id = Guid.NewGuid().ToString();
    private readonly byte[] content = RandomNumberGenerator.GetBytes((int)(4 * Megabyte));
    private SwiftServer? server;
    private SwiftBackend? backend;
    private FaultyLink? link;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private SwiftBackend Backend => backend!;

    private FaultyLink Link => link!;

    /// <summary>Over the link, with segments of two megabytes, and impatient.</summary>
    private SwiftStoreOptions Options => Backend.Options with
    {
        References = ImmutableSortedDictionary<string, SwiftReference>.Empty.Add("ref1", Backend.Reference with { AuthAddress = $"http://127.0.0.1:{Link.Port}/auth/v1.0" }),
        LargeObjectBytes = 2 * Megabyte,
        SegmentBytes = 2 * Megabyte,
        Patience = TimeSpan.FromSeconds(10),
    };

    public async ValueTask InitializeAsync()
    {
        server = await SwiftServer.StartedAsync(Cancel);
        backend = new SwiftBackend(server);
        link = new FaultyLink(new Uri(server.Url).Port);
    }

    public async ValueTask DisposeAsync()
    {
        await Link.DisposeAsync();
        await Backend.DisposeAsync();
    }

    [Fact]
    public async Task A_wrong_key_is_told_with_the_user_and_without_the_key()
    {
        using var store = new SwiftStore(Backend.Options with { References = ImmutableSortedDictionary<string, SwiftReference>.Empty.Add("ref1", Backend.Reference with { Key = "wr0ng" }) }, TimeProvider.System);

        (await FluentActions.Awaiting(() => store.WriteAsync(id, new BreakingStream(0), 5, Cancel)).Should().ThrowAsync<StoreForbidsWritingException>())
            .Which.Message.Should().Contain("test:tester").And.Contain("check user and key").And.NotContain("wr0ng");
    }

    [Fact]
    public async Task A_user_without_rights_is_told_so()
    {
        using var store = new SwiftStore(Backend.Options with { References = ImmutableSortedDictionary<string, SwiftReference>.Empty.Add("ref1", Backend.Reference with { User = "test:reader", Key = "reading" }) }, TimeProvider.System);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<StoreForbidsWritingException>().WithMessage("*no right*");
    }

    [Theory]
    [InlineData(1000_000)]
    [InlineData(4_096_000)]
    public async Task A_container_over_its_quota_is_full_and_keeps_nothing(int size)
    {
        (await Backend.AskAsync(HttpMethod.Put, "", Cancel, null, ("X-Container-Meta-Quota-Bytes", "500000"))).EnsureSuccessStatusCode();
        using var store = new SwiftStore(Options, TimeProvider.System);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream(content, 0, size), size, Cancel)).Should().ThrowAsync<StoreFullException>().WithMessage("*quota*");

        (await Backend.ListAsync(Cancel)).Should().BeEmpty();
        await store.WriteAsync(id, new MemoryStream(content, 0, 1000), 1000, Cancel);
    }

    [Fact]
    public async Task A_segment_whose_connection_breaks_is_sent_again_from_the_buffer()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-segments-");
        try
        {
            using var store = new SwiftStore(Options with { BufferFolder = folder.FullName }, TimeProvider.System);
            Link.Usual = new LinkFault(MostUpBytes: 3 * Megabyte);   // Breaks in the middle of the second segment, and then in the middle of nothing.

            StoredImage stored = await store.WriteAsync(id, new TrickleStream(content), content.Length, Cancel);

            (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
            Link.Connections.Should().BeGreaterThan(1);
            folder.GetFiles().Should().BeEmpty();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Without_a_buffer_a_broken_segment_ends_the_upload_and_nothing_stays()
    {
        using var store = new SwiftStore(Options, TimeProvider.System);
        Link.Next(new LinkFault(MostUpBytes: 3 * Megabyte));

        await FluentActions.Awaiting(() => store.WriteAsync(id, new TrickleStream(content), content.Length, Cancel)).Should().ThrowAsync<StoreUnreachableException>();

        (await Backend.ListAsync(Cancel)).Should().BeEmpty();
        await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);
    }

    [Fact]
    public async Task What_is_refused_for_the_moment_is_asked_for_again()
    {
        using var store = new SwiftStore(Options, TimeProvider.System);
        Link.Next(LinkFault.Status("503 Service Unavailable"), LinkFault.Status("503 Service Unavailable"), new LinkFault(MostUpBytes: 0));

        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);

        (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
        Link.Connections.Should().BeGreaterThan(3);
    }

    [Fact]
    public async Task What_is_refused_for_ever_is_not_asked_for_for_ever()
    {
        using var store = new SwiftStore(Options, TimeProvider.System);
        Link.Usual = LinkFault.Status("503 Service Unavailable");

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<StoreUnreachableException>();

        Link.Connections.Should().BeInRange(2, 20);
    }

    [Fact]
    public async Task A_download_goes_on_where_its_connection_broke()
    {
        using var store = new SwiftStore(Options, TimeProvider.System);
        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);
        using var fresh = new SwiftStore(Options, TimeProvider.System);
        Link.Usual = new LinkFault(MostDownBytes: Megabyte + (Megabyte / 2));

        (await fresh.ReadAllAsync(stored.Url)).Should().Equal(content);

        using var strict = new SwiftStore(Options with { ReadRetries = 0 }, TimeProvider.System);
        await FluentActions.Awaiting(() => strict.ReadAllAsync(stored.Url)).Should().ThrowAsync<StoreUnreachableException>();
    }

    [Fact]
    public async Task A_proxy_that_stops_in_the_middle_is_given_up_and_leaves_nothing()
    {
        await using var own = await SwiftServer.StartAsync(256 << 20, Cancel);
        await using var there = new SwiftBackend(own);
        using var store = new SwiftStore(there.Options with { Patience = TimeSpan.FromSeconds(2), LargeObjectBytes = 2 * Megabyte, SegmentBytes = 20 * Megabyte, ReadRetries = 0 }, TimeProvider.System);
        StoredImage kept = await store.WriteAsync(Guid.NewGuid().ToString(), new EndlessStream(60 << 20), 60 << 20, Cancel);

        Stream read = await store.OpenReadAsync(kept.Url, 0, null, Cancel);
        await own.SignalAsync("proxy", "STOP", Cancel);
        await FluentActions.Awaiting(() => read.CopyToAsync(Stream.Null, Cancel)).Should().ThrowAsync<StoreUnreachableException>();
        await own.SignalAsync("proxy", "CONT", Cancel);

        var source = new StoppingStream(60 << 20, at: 30 << 20, () => own.SignalAsync("proxy", "STOP", Cancel));
        await FluentActions.Awaiting(() => store.WriteAsync(id, source, 60 << 20, Cancel)).Should().ThrowAsync<StoreUnreachableException>();
        await own.SignalAsync("proxy", "CONT", Cancel);

        await store.DiscardPartialAsync(id, Cancel);   // As recovery does: the proxy was away also for the clean-up.
        string keptId = kept.Url.Split('/')[^1];
        (await there.ListAsync(Cancel)).Should().OnlyContain(name => name.StartsWith(keptId, StringComparison.Ordinal));
        await store.WriteAsync(id, new EndlessStream(3 << 20), 3 << 20, Cancel);
    }

    [Fact]
    public async Task A_full_device_and_a_dead_object_server_are_told_and_leave_nothing()
    {
        await using var own = await SwiftServer.StartAsync(64 << 20, Cancel);
        await using var there = new SwiftBackend(own);
        using var store = new SwiftStore(there.Options with { LargeObjectBytes = 2 * Megabyte, SegmentBytes = 20 * Megabyte }, TimeProvider.System);

        (await FluentActions.Awaiting(() => store.WriteAsync(id, new EndlessStream(100 << 20), 100 << 20, Cancel)).Should().ThrowAsync<StoreFailedException>())
            .Which.Message.Should().Contain("503");
        (await there.ListAsync(Cancel)).Should().BeEmpty();

        await own.SignalAsync("object", "KILL", Cancel);
        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<StoreFailedException>().WithMessage("*503*");
        await own.StartServerAsync("object", Cancel);
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1]), 1, Cancel);
        (await store.ReadAllAsync(stored.Url)).Should().Equal(1);
    }
}
