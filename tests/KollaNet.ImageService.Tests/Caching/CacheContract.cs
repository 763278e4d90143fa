using System.Net;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Caching.CacheClient;

namespace KollaNet.ImageService.Tests.Caching;

/// <summary>What the image cache does for downloads, over any database.</summary>
public abstract partial class CacheContract(ApiServer api)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_whole_download_fills_the_cache_and_the_next_ones_come_from_it()
    {
        byte[] data = Bytes(3_000_001);
        string id = await api.UploadedAsync(data);
        Answer part = await api.DownloadAsync(id, ApiServer.Owner, "Range: bytes=0-");
        (part.Status, part.Body.Length).Should().Be((206, data.Length));
        (await api.FindCachedAsync(id)).Should().BeNull("a part never fills it");

        Answer first = await api.DownloadAsync(id);

        first.Body.Should().Equal(data);
        (first.Header("Content-Length"), first.Header("Content-Type"), first.Header("Content-MD5")?.Length).Should().Be(("3000001", "application/octet-stream", 32));
        JsonNode entry = await api.CachedAsync(id);
        entry.AsObject().Select(pair => pair.Key).Should().Equal("image_id", "last_accessed", "last_modified", "size", "hits", "checksum");
        ((long)entry["size"]!, (long)entry["hits"]!, (string?)entry["checksum"]).Should().Be((data.Length, 0, first.Header("Content-MD5")));
        entry["last_accessed"]!.ToJsonString().Should().MatchRegex(@"^\d{10}\.\d+$", "it is a float of seconds");
        api.ReadCached(id).Should().Equal(data);
        File.Delete(Path.Combine(api.ImagesFolder, id));

        (await api.DownloadAsync(id)).Body.Should().Equal(data);
        Answer middle = await api.DownloadAsync(id, ApiServer.Owner, "Range: bytes=1000000-1000009"), end = await api.DownloadAsync(id, ApiServer.Owner, "Range: bytes=-7");
        (middle.Status, middle.Header("Content-Range")).Should().Be((206, "bytes 1000000-1000009/3000001"));
        middle.Body.Should().Equal(data[1_000_000..1_000_010]);
        end.Body.Should().Equal(data[^7..]);
        ((long)(await api.CachedAsync(id))["hits"]!).Should().Be(3);
    }

    [Fact]
    public async Task What_is_cached_is_given_to_those_only_who_may_have_the_image()
    {
        string id = await api.UploadedAsync(Bytes(1000));
        await api.FillAsync(id);
        (await api.DownloadAsync(id, ApiServer.Other)).Status.Should().Be(404);
        (await api.DownloadAsync(id, ApiServer.Reader)).Status.Should().Be(403);
        (await api.SendAsync(ApiServer.Admin, "POST", $"/v2/images/{id}/actions/deactivate")).Status.Should().Be(204);
        (await api.DownloadAsync(id)).Status.Should().Be(403, "deactivated images are for administrators");
        (await api.DownloadAsync(id, ApiServer.Admin)).Status.Should().Be(200);
    }

    [Fact]
    public async Task First_downloads_at_the_same_time_all_get_the_image_and_fill_the_cache_once()
    {
        byte[] data = Bytes(5 << 20);
        string id = await api.UploadedAsync(data);
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.DownloadAsync(id)));
        answers.Should().AllSatisfy(answer => answer.Body.AsSpan().SequenceEqual(data).Should().BeTrue());
        await api.CachedAsync(id);
        api.ReadCached(id).AsSpan().SequenceEqual(data).Should().BeTrue();
        await UntilAsync(() => !api.FilesIn("incomplete").Contains(id));
        (await api.StateAsync())["cached_images"]!.AsArray().Count(entry => (string?)entry!["image_id"] == id).Should().Be(1);
    }

    [Fact]
    public async Task A_download_that_is_cut_leaves_nothing_and_the_next_one_fills()
    {
        byte[] data = Bytes(40 << 20);
        string id = await api.UploadedAsync(data);
        using (var http = new HttpClient { BaseAddress = api.Address })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/images/{id}/file") { Headers = { { "X-Auth-Token", ApiServer.Owner } } };
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            response.StatusCode.Should().Be(HttpStatusCode.OK);
            await (await response.Content.ReadAsStreamAsync(Cancel)).ReadExactlyAsync(new byte[100_000], Cancel);
            await UntilAsync(() => api.FilesIn("incomplete").Contains(id));
        }

        await UntilAsync(() => !api.FilesIn("incomplete").Contains(id));
        (await api.FindCachedAsync(id)).Should().BeNull();
        (api.FilesIn().Contains(id), api.FilesIn("invalid").Contains(id)).Should().Be((false, false));
        await api.FillAsync(id);
    }

    [Fact]
    public async Task A_deleted_image_leaves_the_cache_and_the_queue()
    {
        string cached = await api.UploadedAsync(Bytes(1000)), queued = await api.UploadedAsync(Bytes(1000));
        await api.FillAsync(cached);
        File.WriteAllBytes(Path.Combine(api.CacheFolder, "queue", queued), []);
        foreach (string id in new[] { cached, queued }) (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        (await api.FindCachedAsync(cached)).Should().BeNull();
        (api.FilesIn().Contains(cached), api.FilesIn("queue").Contains(queued)).Should().Be((false, false));
        (await api.SendAsync(ApiServer.Admin, "DELETE", $"/v2/cache/{cached}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task What_is_not_the_image_any_more_is_replaced()
    {
        byte[] first = Bytes(1000), second = Bytes(1000);
        string id = await api.UploadedAsync(first);
        await api.FillAsync(id);
        await File.WriteAllBytesAsync(Path.Combine(api.ImagesFolder, id), second, Cancel);
        string? checksum = (await api.DownloadAsync(await api.UploadedAsync(second))).Header("Content-MD5");
        await api.Server.Database.Images.ChangeAsync(id, image => Task.FromResult(image with { Checksum = checksum }), Cancel);

        (await api.DownloadAsync(id)).Body.Should().Equal(second);

        ((string?)(await api.CachedAsync(id))["checksum"]).Should().Be(checksum);
        await File.WriteAllBytesAsync(Path.Combine(api.CacheFolder, id), [1, 2, 3], Cancel);
        (await api.DownloadAsync(id)).Body.Should().Equal(second, "a file that something cut is not the image");
    }

    [Fact]
    public async Task Data_that_does_not_have_the_images_checksum_is_not_kept()
    {
        string id = await api.UploadedAsync(Bytes(1000));
        byte[] rotten = Bytes(1000);
        await File.WriteAllBytesAsync(Path.Combine(api.ImagesFolder, id), rotten, Cancel);
        (await api.DownloadAsync(id)).Body.Should().Equal(rotten, "this is what the store has");
        await UntilAsync(() => api.FilesIn("invalid").Contains(id));
        (await api.FindCachedAsync(id)).Should().BeNull();
        (await api.SendAsync(ApiServer.Admin, "POST", "/v2/cache/clean")).Status.Should().Be(200);
        api.FilesIn("invalid").Should().NotContain(id);
    }
}
