using System.Text.RegularExpressions;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Imports;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>The unmodified clients are run against a real Glance and against ours, and say the same.</summary>
public sealed partial class ClientComparison : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-clients-");
    private WebServer web = null!;
    private ApiServer api = null!;
    private PeerGlance? peer;

    public async ValueTask InitializeAsync()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        web = await WebServer.StartAsync([.. Enumerable.Range(0, 1 << 20).Select(i => (byte)i)]);
        string downloads = $"[import_filtering_opts]\nallowed_hosts = [127.0.0.1]\nallowed_ports = [{web.Port}]";
        api = await ApiServer.StartAsync(new ApiServer { SecondStore = true, Cached = true, Default = "image_cache_driver = sqlite", Sections = downloads, Database = MariaDbApi.NewDatabaseAsync });
        var site = new PeerGlanceSite
        {
            Connection = await MariaDbApi.NewDatabaseAsync(cancel),
            Folder = folder.FullName,
            Stores = "fast:file,cheap:file",
            Default = $"image_cache_dir = {folder.FullName}/cache\nimage_cache_driver = sqlite",
            Sections = downloads,
            IsOpen = true,
        };
        peer = await PeerGlance.StartAsync(site, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (peer is not null) await peer.DisposeAsync();
        await api.DisposeAsync();
        await web.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("commands.py")]
    [InlineData("sdk.py")]
    public async Task Both_are_the_same_to_clients(string program)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Peers", "Clients", program), TestContext.Current.CancellationToken);
        string[][] both = await Task.WhenAll(RunAsync(text, peer!.Address, folder.FullName, web.Url), RunAsync(text, api.Address, api.Folder, web.Url));
        (string[] theirs, string[] ours) = (both[0], both[1]);
        var differences = theirs.Zip(ours).Where(pair => pair.First != pair.Second).Select(pair => $"--- Glance\n{pair.First}\n--- ours\n{pair.Second}").ToList();
        string.Join("\n\n", differences).Should().BeEmpty();
        ours.Length.Should().Be(theirs.Length).And.BeGreaterThan(20);
    }

    /// <returns>One text per step of the program, with what differs by nature made equal.</returns>
    private static async Task<string[]> RunAsync(string program, Uri server, string files, string web)
    {
        string address = server.ToString().TrimEnd('/');
        string printed = await ClientContainer.RunPythonAsync(program, TestContext.Current.CancellationToken, address, ApiServer.Admin, web);
        var names = new Dictionary<string, string>();

        // Ours says in its messages how far it has come, too.
        string neutral = printed.Replace(" (100%)", "", StringComparison.Ordinal).Replace(address, "ADDRESS", StringComparison.Ordinal).Replace(files, "FOLDER", StringComparison.Ordinal);
        neutral = Ids().Replace(Times().Replace(neutral, "TIME"), id => names.TryGetValue(id.Value, out string? known) ? known : names[id.Value] = $"id{names.Count}");
        return Steps().Split(Padding().Replace(neutral, " "));
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Ids();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?")]
    private static partial Regex Times();

    [GeneratedRegex("\n(?=\\$ |[a-z ]+: )")]
    private static partial Regex Steps();

    /// <summary>Tables are as wide as what is in them.</summary>
    [GeneratedRegex(" {2,}|-{4,}")]
    private static partial Regex Padding();
}
