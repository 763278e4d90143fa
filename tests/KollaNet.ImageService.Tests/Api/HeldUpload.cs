using System.IO.Pipelines;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>An upload that has sent its first bytes and sends the rest when told to.</summary>
internal sealed class HeldUpload : IDisposable
{
    /// <summary>More than the client keeps back before it sends.</summary>
    private const int FirstBytes = 256 * 1024;

    private readonly ApiServer api;
    private readonly string id;
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Task<HttpResponseMessage> answer;

    public HeldUpload(ApiServer api, string id)
    {
        (this.api, this.id) = (api, id);
        var content = new StreamContent(pipe.Reader.AsStream());
        content.Headers.ContentType = new("application/octet-stream");
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v2/images/{id}/file") { Content = content };
        request.Headers.Add("X-Auth-Token", ApiServer.Owner);
        answer = api.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Until the service has taken the image for it.</summary>
    public async Task HasBegunAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await pipe.Writer.WriteAsync(new byte[FirstBytes], patience.Token);
        while ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"] != "saving") await Task.Delay(20, patience.Token);
    }

    /// <returns>The status of the answer.</returns>
    public async Task<int> FinishAsync()
    {
        await pipe.Writer.CompleteAsync();
        using HttpResponseMessage finished = await answer;
        return (int)finished.StatusCode;
    }

    public void Dispose() => pipe.Writer.Complete();
}
