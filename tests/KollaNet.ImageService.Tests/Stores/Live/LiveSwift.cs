using System.Globalization;
using System.Text;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Tests.Stores.Swift;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>A container on Swift, by tempauth; images of 5 MB and more in segments of 2 MB.</summary>
internal sealed class LiveSwift : LiveStore, IDisposable
{
    private readonly SwiftBackend backend;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-swift-");

    /// <param name="key">Another password than the right one; null for that.</param>
    public LiveSwift(SwiftServer server, string? key = null)
    {
        backend = new SwiftBackend(server);
        File.WriteAllText(References, $"[ref1]\nauth_address = {server.AuthUrl}\nauth_version = 1\nuser = {server.User}\nkey = {key ?? server.Key}\n");
    }

    /// <summary>The container, past the service.</summary>
    public SwiftBackend Backend => backend;

    public override string Type => "swift";

    public override string Options => $"""
        swift_store_config_file = {References}
        default_swift_reference = ref1
        swift_store_auth_version = 1
        swift_store_container = {backend.Container}
        swift_store_create_container_on_put = true
        swift_store_large_object_size = 5
        swift_store_large_object_chunk_size = 2
        """;

    public override string Folder => folder.FullName;

    private string References => Path.Combine(folder.FullName, "swift.conf");

    public override Task<IReadOnlyList<string>> ListAsync(CancellationToken cancel) => backend.ListAsync(cancel);

    public override async Task<string> DescribeAsync(string id, CancellationToken cancel)
    {
        var text = new StringBuilder();
        foreach (string name in (await ListAsync(cancel)).Where(name => name.StartsWith(id, StringComparison.Ordinal)))
        {
            using HttpResponseMessage head = await backend.AskAsync(HttpMethod.Head, $"/{name}", cancel);
            string manifest = head.Headers.TryGetValues("X-Object-Manifest", out IEnumerable<string>? values) ? values.First() : "";
            text.Append(CultureInfo.InvariantCulture, $"{name} {head.Content.Headers.ContentLength} {head.Headers.ETag} {head.Content.Headers.ContentType} {Uri.UnescapeDataString(manifest)}\n");
        }

        return text.Replace(id, "ID").ToString();
    }

    public override StoreOptions Hasten(StoreOptions options) => options with { Swift = options.Swift! with { Patience = TimeSpan.FromSeconds(5), ReadRetries = 1 } };

    public void Dispose() => folder.Delete(recursive: true);
}
