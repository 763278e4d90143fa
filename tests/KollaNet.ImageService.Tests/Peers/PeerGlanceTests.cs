using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>The real Glance that other tests compare with and swap with.</summary>
public sealed class PeerGlanceTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-peer-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_real_glance_serves_stops_and_serves_again_what_it_stored()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string database = await (await MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("peer", cancel);
        await using PeerGlance peer = await PeerGlance.StartAsync(new PeerGlanceSite { Connection = database, Folder = folder.FullName }, cancel);
        using HttpClient owner = peer.ClientOf("p1", "member", "reader"), stranger = peer.ClientOf("p2", "member", "reader");
        using HttpResponseMessage created = await owner.PostAsJsonAsync("/v2/images", new { name = "tiny", disk_format = "raw", container_format = "bare", visibility = "private" }, cancel);
        created.StatusCode.Should().Be(HttpStatusCode.Created, peer.LogTail());
        string id = (string)(await created.Content.ReadFromJsonAsync<JsonNode>(cancel))!["id"]!;
        using var data = new ByteArrayContent([1, 2, 3]) { Headers = { ContentType = new("application/octet-stream") } };
        (await owner.PutAsync($"/v2/images/{id}/file", data, cancel)).StatusCode.Should().Be(HttpStatusCode.NoContent, peer.LogTail());

        await peer.StopServingAsync(cancel);
        await FluentActions.Awaiting(() => owner.GetAsync("/v2/images", cancel)).Should().ThrowAsync<HttpRequestException>();
        await peer.ServeAsync(cancel);

        (await owner.GetByteArrayAsync($"/v2/images/{id}/file", cancel)).Should().Equal(1, 2, 3);
        (await stranger.GetAsync($"/v2/images/{id}", cancel)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await File.ReadAllBytesAsync($"{folder.FullName}/images/{id}", cancel)).Should().Equal(1, 2, 3);
    }
}
