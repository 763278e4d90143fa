using KollaNet.ImageService.Configuration;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>A pool of a Ceph.</summary>
/// <param name="pool">It exists.</param>
internal sealed class LiveCeph(CephServer ceph, string pool = "images") : LiveStore
{
    public override string Type => "rbd";

    public override string Options => $"""
        rbd_store_ceph_conf = {ceph.ConfigurationFile}
        rbd_store_user = glance
        rbd_store_pool = {pool}
        """;

    public override string Folder => Path.GetDirectoryName(ceph.ConfigurationFile)!;

    /// <summary>Images, and what is in the trash.</summary>
    public override async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancel) =>
        (await ceph.ExecuteAsync(cancel, "bash", "-c", $"rbd ls {pool} && rbd trash ls {pool}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override StoreOptions Hasten(StoreOptions options) =>
        options with { Rbd = options.Rbd! with { ConnectTimeout = TimeSpan.FromSeconds(5), OperationTimeout = TimeSpan.FromSeconds(5) } };
}
