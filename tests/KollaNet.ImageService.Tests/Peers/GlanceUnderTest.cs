using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>Our service or the real Glance, as the same people talk to either. The tokens are those of <see cref="ApiServer"/>.</summary>
public sealed class GlanceUnderTest(string name, Func<string, string, string, HttpContent?, string[], Task<Answer>> send)
{
    /// <summary>Our own, whichever process of it runs.</summary>
    public static GlanceUnderTest Ours(ApiServer server) => new("ours", server.SendAsync);

    /// <summary>The real one.</summary>
    public static GlanceUnderTest Peer(PeerGlance peer)
    {
        Dictionary<string, HttpClient> clients = new()
        {
            [ApiServer.Admin] = peer.ClientOf("admin-project", "admin", "member", "reader"),
            [ApiServer.Owner] = peer.ClientOf("p1", "member", "reader"),
            [ApiServer.Other] = peer.ClientOf("p2", "member", "reader"),
        };
        return new("the real Glance", (token, method, path, content, headers) => SendAsync(clients[token], method, path, content, headers));
    }

    /// <summary>A process of ours at the other end of <paramref name="http"/>.</summary>
    public static GlanceUnderTest Over(string name, HttpClient http) =>
        new(name, (token, method, path, content, headers) => SendAsync(http, method, path, content, [.. headers, $"X-Auth-Token: {token}"]));

    public override string ToString() => name;

    public Task<Answer> SendAsync(string token, string method, string path, HttpContent? content = null, params string[] headers) => send(token, method, path, content, headers);

    /// <summary>Sends what has to succeed.</summary>
    public async Task<Answer> DoAsync(string token, string method, string path, HttpContent? content = null)
    {
        Answer answer = await SendAsync(token, method, path, content);
        answer.Status.Should().BeInRange(200, 204, $"{name} was asked {method} {path}: {answer.Text}");
        return answer;
    }

    public async Task<JsonNode> GetAsync(string token, string path) => (await DoAsync(token, "GET", path)).Json;

    /// <summary>Makes an image; <paramref name="more"/> continues the JSON object.</summary>
    public async Task<string> CreateAsync(string token, string more) =>
        (string)(await DoAsync(token, "POST", "/v2/images", ApiServer.Json($$"""{"disk_format": "raw", "container_format": "bare", {{more}}}"""))).Json["id"]!;

    public Task UploadAsync(string token, string id, string text) => DoAsync(token, "PUT", $"/v2/images/{id}/file", ApiServer.Octets(Encoding.UTF8.GetBytes(text)));

    public async Task<string> CreateActiveAsync(string token, string more, string text)
    {
        string id = await CreateAsync(token, more);
        await UploadAsync(token, id, text);
        return id;
    }

    public Task PatchAsync(string token, string id, string operations) =>
        DoAsync(token, "PATCH", $"/v2/images/{id}", ApiServer.Json(operations, "application/openstack-images-v2.1-json-patch"));

    /// <summary>Returns when an image has a status, within a minute.</summary>
    public async Task BecomesAsync(string id, string status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((string?)(await GetAsync(ApiServer.Admin, $"/v2/images/{id}"))["status"] != status) await Task.Delay(50, patience.Token);
    }

    private static async Task<Answer> SendAsync(HttpClient http, string method, string path, HttpContent? content, string[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (string[] header in headers.Select(header => header.Split(": ", 2))) request.Headers.Add(header[0], header[1]);
        using HttpResponseMessage response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer((int)response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}
