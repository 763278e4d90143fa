using System.IO.Pipelines;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>How far an upload is, as others see it.</summary>
public sealed class UploadProgressTests : IAsyncLifetime
{
    private const int Size = 4 << 20;
    private ApiServer api = null!;

    public async ValueTask InitializeAsync() => api = await ApiServer.StartAsync(new ApiServer());

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Theory]
    [InlineData("file", "active")]
    [InlineData("stage", "uploading")]
    public async Task A_running_upload_shows_its_percentage_and_a_finished_one_does_not(string way, string finished)
    {
        string id = await api.CreateAsync();
        var body = new Pipe();
        var content = new StreamContent(body.Reader.AsStream());
        content.Headers.ContentType = new("application/octet-stream");
        content.Headers.ContentLength = Size;
        Task<Answer> upload = api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/{way}", content);
        await body.Writer.WriteAsync(new byte[Size / 2], TestContext.Current.CancellationToken);   // The client may keep the last of it in its own buffer.

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while ((string?)(await ImageAsync(id))["os_glance_upload_progress"] is not ("48" or "49" or "50")) await Task.Delay(100, patience.Token);

        await body.Writer.WriteAsync(new byte[Size / 2], TestContext.Current.CancellationToken);
        await body.Writer.CompleteAsync();
        (await upload).Status.Should().Be(204);
        JsonNode image = await ImageAsync(id);
        ((string?)image["status"], image["os_glance_upload_progress"]).Should().Be((finished, null));
    }

    private async Task<JsonNode> ImageAsync(string id) => (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
}
