using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>A pool of a Ceph.</summary>
/// <param name="configurationFile">Another than the right one; null for that.</param>
internal sealed class LiveCeph(CephServer ceph, string pool = "images", string? configurationFile = null) : LiveStore
{
    /// <summary>In a pool that is made for it.</summary>
    public static async Task<LiveCeph> NewPoolAsync(CephServer ceph, CancellationToken cancel)
    {
        string pool = $"images-{Guid.NewGuid():N}";
        await ceph.ExecuteAsync(cancel, "bash", "-c", $"ceph osd pool create {pool} 1 && ceph osd pool application enable {pool} rbd");
        return new LiveCeph(ceph, pool);
    }

    public string Pool => pool;

    public override string Type => "rbd";

    public override string Options => $"""
        rbd_store_ceph_conf = {configurationFile ?? ceph.ConfigurationFile}
        rbd_store_user = glance
        rbd_store_pool = {pool}
        """;

    public override string Folder => Path.GetDirectoryName(ceph.ConfigurationFile)!;

    /// <summary>Images, and what is in the trash.</summary>
    public override async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancel) =>
        (await ceph.ExecuteAsync(cancel, "bash", "-c", $"rbd ls {pool} && rbd trash ls {pool}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override async Task<string> DescribeAsync(string id, CancellationToken cancel)
    {
        JsonNode info = JsonNode.Parse(await ceph.ExecuteAsync(cancel, "rbd", "info", "--format", "json", $"{pool}/{id}"))!;
        JsonArray snapshots = JsonNode.Parse(await ceph.ExecuteAsync(cancel, "rbd", "snap", "ls", "--format", "json", $"{pool}/{id}"))!.AsArray();
        string[] facts = [.. ((string[])["size", "order", "object_size", "format", "features", "flags", "snapshot_count"]).Select(fact => $"{fact} {info[fact]?.ToJsonString()}")];
        return string.Join('\n', [.. facts, .. snapshots.Select(snapshot => $"snapshot {snapshot!["name"]} {snapshot["size"]} protected {snapshot["protected"]}")]);
    }

    public override StoreOptions Hasten(StoreOptions options) =>
        options with { Rbd = options.Rbd! with { ConnectTimeout = TimeSpan.FromSeconds(5), OperationTimeout = TimeSpan.FromSeconds(5) } };
}
