using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Stores.Live;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>One database and one folder of images, for our service and a real Glance, one after the other or both at once. The real Glance makes the tables.</summary>
public sealed class SwapSite : IAsyncDisposable
{
    private SwapSite(ApiServer server, PeerGlance peer) => (Server, PeerServer, Ours, Peer) = (server, peer, GlanceUnderTest.Ours(server), GlanceUnderTest.Peer(peer));

    public ApiServer Server { get; }

    public PeerGlance PeerServer { get; }

    public GlanceUnderTest Ours { get; }

    public GlanceUnderTest Peer { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts both.</summary>
    /// <param name="more">Lines of <c>[DEFAULT]</c> for both.</param>
    /// <param name="store">Default store of both; null for files.</param>
    internal static async Task<SwapSite> StartAsync(string more = "", LiveStore? store = null)
    {
        string sections = store is null ? "" : $"[{store.Type}]\n{store.Options}\n";
        string connection = "";
        ApiServer server = await ApiServer.StartAsync(new ApiServer
        {
            SecondStore = true,
            Syncs = false,
            Default = more,
            MoreStores = store is null ? [] : [$"{store.Type}:{store.Type}"],
            DefaultStore = store?.Type ?? "fast",
            Sections = sections,
            Database = async cancel => connection = await (await MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("swap", cancel),
        });
        try
        {
            return new SwapSite(server, await PeerGlance.StartAsync(
                new PeerGlanceSite
                {
                    Connection = connection,
                    Folder = server.Folder,
                    Stores = $"fast:file, cheap:file{(store is null ? "" : $", {store.Type}:{store.Type}")}",
                    DefaultStore = store?.Type,
                    MoreFolders = store is null ? [] : [store.Folder],
                    Default = more,
                    Sections = sections,
                },
                Cancel));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>From our service to the real one.</summary>
    public async Task HandToPeerAsync()
    {
        await Server.Server.DisposeAsync();
        await PeerServer.ServeAsync(Cancel);
    }

    /// <summary>From the real service to ours.</summary>
    /// <param name="syncs">Whether ours brings the tables forward first.</param>
    public async Task HandToUsAsync(bool syncs)
    {
        await PeerServer.StopServingAsync(Cancel);
        Server.Syncs = syncs;
        await Server.StartServerAsync(TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await PeerServer.DisposeAsync();
        await Server.DisposeAsync();
    }
}
