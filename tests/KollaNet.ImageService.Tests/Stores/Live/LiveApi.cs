using System.Net.Http.Headers;
using System.Security.Cryptography;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>The image service over a real backend, which is its default store; what clients see of it.</summary>
internal sealed class LiveApi : IAsyncDisposable
{
    private readonly ManualClock clock;
    private readonly HttpClient http;

    private LiveApi(ApiServer server, ManualClock clock)
    {
        (Server, this.clock) = (server, clock);
        http = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(5), DefaultRequestHeaders = { { "X-Auth-Token", Owner } } };
    }

    public ApiServer Server { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="isHasty">Whether the store gives up soon.</param>
    public static async Task<LiveApi> StartAsync(LiveStore store, bool isHasty = true, TextWriter? log = null)
    {
        var clock = new ManualClock(DateTime.UtcNow);
        return new LiveApi(await ApiServer.StartAsync(new ApiServer
        {
            MoreStores = [$"{store.Type}:{store.Type}"],
            DefaultStore = store.Type,
            Sections = $"[{store.Type}]\n{store.Options}",
            Adjust = options => isHasty ? store.Hasten(options) : options,
            Time = clock,
            Log = log ?? TextWriter.Null,
        }), clock);
    }

    /// <summary>Uploads as a client does that says how much will come.</summary>
    /// <param name="lengthBytes">Null for one that does not say.</param>
    public async Task<Answer> UploadAsync(string id, Stream data, long? lengthBytes)
    {
        using var content = new StreamContent(data, 256 * 1024);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = lengthBytes;
        using HttpResponseMessage answer = await http.PutAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), content, Cancel);
        return new Answer((int)answer.StatusCode, answer.Headers, answer.Content.Headers, await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    /// <summary>Makes an image of these bytes.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CreateActiveAsync(byte[] data)
    {
        string id = await Server.CreateAsync();
        Answer answer = await UploadAsync(id, new MemoryStream(data), data.Length);
        answer.Status.Should().Be(204, answer.Text);
        return id;
    }

    public async Task<string> StatusAsync(string id) => (string)(await Server.GetAsync(Owner, $"/v2/images/{id}")).Json["status"]!;

    public async Task DeleteAsync(string id) => (await Server.SendAsync(Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);

    /// <summary>Opens a download; reading it may fail.</summary>
    public async Task<Stream> OpenAsync(string id)
    {
        HttpResponseMessage answer = await http.GetAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStreamAsync(Cancel);
    }

    public async Task ShouldHoldAsync(string id, byte[] data)
    {
        await using Stream read = await OpenAsync(id);
        (await SHA256.HashDataAsync(read, Cancel)).Should().Equal(SHA256.HashData(data));
    }

    /// <summary>What the service does about once a minute happens now.</summary>
    public void AMinutePasses() => clock.Advance(UploadOwnership.Silence);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Server.DisposeAsync();
    }
}
