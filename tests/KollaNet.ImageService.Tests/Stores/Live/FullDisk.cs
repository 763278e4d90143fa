using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Tests.Hosting;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>A file store on a disk that fills up.</summary>
public sealed class FullDisk
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_that_does_not_fit_is_refused_and_leaves_nothing(bool isSizeTold)
    {
        using var folder = new ServiceFolder();
        folder.Configure();
        Directory.CreateDirectory(folder.ImagesFolder);
        await using (ImageDatabase database = ImageDatabase.Open(folder.Connection)) await database.Schema.SyncAsync(Cancel);
        await using ServiceProcess service = await ServiceProcess.ServeAsync(folder.ConfigFile, $"mount -t tmpfs -o size=8m tmpfs {folder.ImagesFolder}");
        using HttpResponseMessage made = await service.Http.PostAsync(new Uri("/v2/images", UriKind.Relative), new StringContent("""{"disk_format": "raw", "container_format": "bare"}""", Encoding.UTF8, "application/json"), Cancel);
        string id = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync(Cancel))!["id"]!;

        (await UploadAsync(service.Http, id, 20 << 20, isSizeTold)).Should().Be(HttpStatusCode.RequestEntityTooLarge);
        ((string?)JsonNode.Parse(await service.Http.GetStringAsync(new Uri($"/v2/images/{id}", UriKind.Relative), Cancel))!["status"]).Should().Be("queued");

        (await UploadAsync(service.Http, id, 7 << 20, isSizeTold)).Should().Be(HttpStatusCode.NoContent, "nothing is left of the first");
        (await service.Http.GetByteArrayAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), Cancel)).Should().HaveCount(7 << 20);
    }

    private static async Task<HttpStatusCode> UploadAsync(HttpClient http, string id, int sizeBytes, bool isSizeTold)
    {
        using var content = new StreamContent(new EndlessStream(sizeBytes));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (isSizeTold) content.Headers.ContentLength = sizeBytes;
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri($"/v2/images/{id}/file", UriKind.Relative)) { Content = content };
        request.Headers.ExpectContinue = true;   // As curl does: what is refused at once is not sent.
        using HttpResponseMessage answer = await http.SendAsync(request, Cancel);
        return answer.StatusCode;
    }
}
