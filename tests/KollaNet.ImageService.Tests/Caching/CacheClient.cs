using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Caching;

/// <summary>What cache tests do to a server.</summary>
internal static class CacheClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Bytes that differ from call to call.</summary>
    public static byte[] Bytes(int count) => RandomNumberGenerator.GetBytes(count);

    public static async Task<string> UploadedAsync(this ApiServer api, byte[] data, string more = "")
    {
        string id = await api.CreateAsync(more: more);
        (await api.UploadAsync(ApiServer.Owner, id, data)).Status.Should().Be(204);
        return id;
    }

    public static Task<Answer> DownloadAsync(this ApiServer api, string id, string token = ApiServer.Owner, params string[] headers) => api.GetAsync(token, $"/v2/images/{id}/file", headers);

    /// <summary>The image's entry once it has one.</summary>
    public static async Task<JsonNode> CachedAsync(this ApiServer api, string id)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await api.FindCachedAsync(id) is { } entry) return entry;
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>Downloads an image and waits until it is cached.</summary>
    public static async Task FillAsync(this ApiServer api, string id)
    {
        (await api.DownloadAsync(id)).Status.Should().Be(200);
        await api.CachedAsync(id);
    }

    public static async Task<JsonNode?> FindCachedAsync(this ApiServer api, string id) =>
        (await api.StateAsync())["cached_images"]!.AsArray().FirstOrDefault(entry => (string?)entry!["image_id"] == id);

    public static async Task<JsonNode> StateAsync(this ApiServer api)
    {
        Answer answer = await api.GetAsync(ApiServer.Admin, "/v2/cache");
        answer.Status.Should().Be(200, answer.Text);
        return answer.Json;
    }

    public static async Task UntilAsync(Func<bool> reached)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!reached()) await Task.Delay(20, patience.Token);
    }

    /// <summary>What is cached of an image.</summary>
    public static byte[] ReadCached(this ApiServer api, string id) => File.ReadAllBytes(Path.Combine(api.CacheFolder, id));

    /// <summary>Names of the files in a folder of the cache.</summary>
    public static string[] FilesIn(this ApiServer api, string folder = "")
    {
        string path = Path.Combine(api.CacheFolder, folder);
        return Directory.Exists(path) ? [.. Directory.GetFiles(path).Select(file => Path.GetFileName(file))] : [];
    }
}
