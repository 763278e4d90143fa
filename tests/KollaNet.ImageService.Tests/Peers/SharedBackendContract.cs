using System.Security.Cryptography;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Stores;
using KollaNet.ImageService.Tests.Stores.Live;
using KollaNet.TestHost;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>Our service and a real Glance over one database and one real backend: what one writes lies there as the other would have written it, and each reads and deletes the other's.</summary>
public abstract class SharedBackendContract
{
    // Small, in several segments or parts, and of a size that the client does not tell.
    private static readonly (string Name, int SizeBytes, bool IsSizeTold)[] Kinds = [("small", 100_000, true), ("large", 11_000_000, true), ("untold", 7_000_000, false)];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>How a location of ours reads, given the peer's; with ID in place of the image's id.</summary>
    protected virtual string Ours(string theirs) => theirs;

    /// <summary>What an operator has to do to a location of ours first.</summary>
    protected virtual Task BeforeThePeerReadsAsync(ImageDatabase database, string id) => Task.CompletedTask;

    [Fact]
    public async Task Each_reads_and_deletes_what_the_other_wrote_and_it_lies_there_the_same()
    {
        LiveStore store = await StoreAsync();
        await using SwapSite site = await SwapSite.StartAsync(store: store);
        foreach ((string name, int sizeBytes, bool isSizeTold) in Kinds)
        {
            byte[] data = RandomNumberGenerator.GetBytes(sizeBytes);
            string ours = await WriteAsync(site.Ours, name, data, isSizeTold), theirs = await WriteAsync(site.Peer, name, data, isSizeTold);

            (await store.DescribeAsync(ours, Cancel)).Should().Be(await store.DescribeAsync(theirs, Cancel), name);
            (await LocationAsync(site, ours)).Should().Be(Ours(await LocationAsync(site, theirs)));
            await ReadAsync(site.Ours, theirs, data);
            await BeforeThePeerReadsAsync(site.Server.Server.Database, ours);
            await ReadAsync(site.Peer, ours, data);
            await RangesAsync(site.Ours, ours, data);
            await RangesAsync(site.Ours, theirs, data);

            await site.Peer.DoAsync(Owner, "DELETE", $"/v2/images/{ours}");
            await site.Ours.DoAsync(Owner, "DELETE", $"/v2/images/{theirs}");
            (await store.ListAsync(Cancel)).Should().BeEmpty(name);
        }
    }

    private protected abstract Task<LiveStore> StoreAsync();

    private static async Task<string> WriteAsync(GlanceUnderTest glance, string name, byte[] data, bool isSizeTold)
    {
        string id = await glance.CreateAsync(Owner, $"\"name\": \"{name}\"");
        using HttpContent content = isSizeTold ? Octets(data) : new StreamContent(new TrickleStream(data)) { Headers = { ContentType = new("application/octet-stream") } };
        await glance.DoAsync(Owner, "PUT", $"/v2/images/{id}/file", content);
        return id;
    }

    private static async Task ReadAsync(GlanceUnderTest glance, string id, byte[] data)
    {
        Answer whole = await glance.DoAsync(Owner, "GET", $"/v2/images/{id}/file");
        whole.Body.AsSpan().SequenceEqual(data).Should().BeTrue($"{glance} reads {id}");
    }

    /// <summary>Across the borders of segments of Swift, of parts in S3 and of objects in Ceph, and at the ends.</summary>
    private static async Task RangesAsync(GlanceUnderTest glance, string id, byte[] data)
    {
        foreach (int border in ((int[])[10, 2 * 1000 * 1024, 5 << 20, 8 << 20, data.Length - 10]).Where(border => border <= data.Length - 10))
        {
            Answer part = await glance.SendAsync(Owner, "GET", $"/v2/images/{id}/file", null, $"Range: bytes={border - 10}-{border + 9}");
            (part.Status, part.Header("Content-Range")).Should().Be((206, $"bytes {border - 10}-{border + 9}/{data.Length}"));
            part.Body.Should().Equal(data[(border - 10)..(border + 10)]);
        }
    }

    /// <summary>The blanks in it mean nothing.</summary>
    private static async Task<string> LocationAsync(SwapSite site, string id) =>
        (await site.Server.Server.Database.SingleAsync($"SELECT CONCAT(value, ' ', meta_data, ' ', status) FROM image_locations WHERE image_id = '{id}'")).Replace(id, "ID", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
}

public sealed class GlanceSharesSwift : SharedBackendContract
{
    private protected override async Task<LiveStore> StoreAsync() => new LiveSwift(await SwiftServer.StartedAsync(Cancel));
}

public sealed class GlanceSharesS3 : SharedBackendContract
{
    private CephGateway? gateway;

    /// <summary>Without credentials, as newer Glances do.</summary>
    protected override string Ours(string theirs) => theirs.Replace($"{gateway!.AccessKey}:{gateway.SecretKey}@", "", StringComparison.Ordinal);

    /// <summary>A Glance as old as Debian's has no other place to take them from.</summary>
    protected override Task BeforeThePeerReadsAsync(ImageDatabase database, string id) =>
        database.SingleAsync($"UPDATE image_locations SET value = REPLACE(value, 's3://', 's3://{gateway!.AccessKey}:{gateway.SecretKey}@') WHERE image_id = '{id}'");

    private protected override async Task<LiveStore> StoreAsync()
    {
        gateway = await (await CephServer.StartedAsync(Cancel)).GatewayAsync(Cancel);
        return new LiveS3(gateway.Address, gateway.AccessKey, gateway.SecretKey);
    }
}

public sealed class GlanceSharesCeph : SharedBackendContract
{
    private protected override async Task<LiveStore> StoreAsync() => await LiveCeph.NewPoolAsync(await CephServer.StartedAsync(Cancel), Cancel);
}
