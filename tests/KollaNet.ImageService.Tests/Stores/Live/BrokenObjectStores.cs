using System.Text.RegularExpressions;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>What a client is told when Swift or S3 goes wrong, and what becomes of the image.</summary>
public sealed partial class BrokenObjectStores
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wrong_credentials_of_Swift()
    {
        using var store = new LiveSwift(await SwiftServer.StartedAsync(Cancel), key: "wr0ng");
        await using var fault = await BackendFault.StartAsync(store);

        await fault.ShouldAnswerAsync(503, "test:tester in (401): check user and key");

        fault.Log.Should().NotContain("wr0ng");
    }

    [Fact]
    public async Task A_container_over_its_quota()
    {
        using var store = new LiveSwift(await SwiftServer.StartedAsync(Cancel));
        await using var fault = await BackendFault.StartAsync(store);
        (await store.Backend.AskAsync(HttpMethod.Put, "", Cancel, null, ("X-Container-Meta-Quota-Bytes", "500000"))).EnsureSuccessStatusCode();

        await fault.ShouldAnswerAsync(413, "quota");

        (await store.Backend.AskAsync(HttpMethod.Post, "", Cancel, null, ("X-Container-Meta-Quota-Bytes", ""))).EnsureSuccessStatusCode();
        await fault.ShouldWorkNowAsync();
    }

    [Fact]
    public async Task Devices_of_the_ring_that_are_full()
    {
        await using SwiftServer server = await SwiftServer.StartAsync(24 << 20, Cancel);
        using var store = new LiveSwift(server);
        await using var fault = await BackendFault.StartAsync(store);

        await fault.ShouldAnswerAsync(503, "503", 40 << 20);

        await fault.ShouldWorkNowAsync();
    }

    [Fact]
    public async Task A_wrong_secret_of_S3()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        await using var fault = await BackendFault.StartAsync(new LiveS3(new Uri(server.Url), server.User, "wr0ng"));

        await fault.ShouldAnswerAsync(503, "check s3_store_secret_key", looks: false);

        fault.Log.Should().NotContain("wr0ng");
    }

    [Fact]
    public async Task An_S3_that_says_503_or_breaks_off()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        await using var link = new FaultyLink(new Uri(server.Url).Port);
        await using var fault = await BackendFault.StartAsync(new LiveS3(new Uri($"http://127.0.0.1:{link.Port}"), server.User, server.Key));

        link.Usual = LinkFault.Status("503 Slow Down", "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
        await fault.ShouldAnswerAsync(503, "503", looks: false);
        link.Usual = new LinkFault(MostUpBytes: 0);
        await fault.ShouldAnswerAsync(503, "cannot be reached", looks: false);

        link.Usual = LinkFault.None;
        await fault.ShouldWorkNowAsync();
    }

    [Fact]
    public async Task An_S3_whose_clock_differs()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        await using var link = new FaultyLink(new Uri(server.Url).Port) { Usual = new LinkFault(Rewrite: text => Date().Replace(text, "${name}20010203T040506Z")) };
        await using var fault = await BackendFault.StartAsync(new LiveS3(new Uri($"http://127.0.0.1:{link.Port}"), server.User, server.Key));

        await fault.ShouldAnswerAsync(503, "clocks", looks: false);
    }

    [GeneratedRegex("(?<name>X-Amz-Date: )[0-9TZ]+", RegexOptions.IgnoreCase)]
    private static partial Regex Date();
}
