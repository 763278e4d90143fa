using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace KollaNet.EndToEnd.Sites;

/// <summary>The image API of a site over plain HTTP, for what the client never does.</summary>
public sealed class ImageApi : IDisposable
{
    private static readonly string[] Methods = ["password"];

    private readonly TestSite site;
    private readonly string header;
    private readonly string value;

    private ImageApi(TestSite site, string header, string value)
    {
        (this.site, this.header, this.value) = (site, header, value);
        Http = new HttpClient { BaseAddress = site.Glance, Timeout = TimeSpan.FromMinutes(2) };
        Http.DefaultRequestHeaders.TryAddWithoutValidation(header, value);
    }

    public HttpClient Http { get; }

    /// <summary>As the administrator, with a token from the site's Keystone.</summary>
    public static async Task<ImageApi> WithTokenAsync(TestSite site)
    {
        using var http = new HttpClient();
        var domain = new { id = "default" };
        string login = JsonSerializer.Serialize(new
        {
            auth = new
            {
                identity = new { methods = Methods, password = new { user = new { name = "admin", domain, password = site.Password("keystone_admin_password") } } },
                scope = new { project = new { name = "admin", domain } },
            },
        });
        // As text: Keystone's server takes no body of undeclared length.
        using HttpResponseMessage answer = await http.PostAsync(new Uri(site.Keystone, "auth/tokens"), new StringContent(login, Encoding.UTF8, "application/json"), TestSite.Cancel);
        answer.EnsureSuccessStatusCode();
        return new ImageApi(site, "X-Auth-Token", answer.Headers.GetValues("X-Subject-Token").Single());
    }

    /// <summary>As the one user of a site without Keystone.</summary>
    public static ImageApi WithPassword(TestSite site) =>
        new(site, "Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{site.Password("glance_keystone_password")}"))}");

    /// <summary>Makes an image without data.</summary>
    public async Task<string> CreateAsync(string name)
    {
        using HttpResponseMessage answer = await Http.PostAsJsonAsync("v2/images", new { name, disk_format = "raw", container_format = "bare" }, TestSite.Cancel);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(TestSite.Cancel)).GetProperty("id").GetString()!;
    }

    /// <summary>Its status; null while the service does not answer.</summary>
    public async Task<string?> FindStatusAsync(string id)
    {
        try
        {
            using HttpResponseMessage answer = await Http.GetAsync($"v2/images/{id}", TestSite.Cancel);
            return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(TestSite.Cancel)).GetProperty("status").GetString() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public Task<HttpResponseMessage> UploadAsync(string id, byte[] data, string type = "application/octet-stream")
    {
        var content = new ByteArrayContent(data) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        var request = new HttpRequestMessage(HttpMethod.Put, $"v2/images/{id}/file") { Content = content };
        // The service may refuse before it has read the body; a client that asks first hears the refusal.
        request.Headers.ExpectContinue = true;
        return Http.SendAsync(request, TestSite.Cancel);
    }

    public Task<byte[]> DownloadAsync(string id) => Http.GetByteArrayAsync($"v2/images/{id}/file", TestSite.Cancel);

    public async Task DeleteAsync(string id) => (await Http.DeleteAsync($"v2/images/{id}", TestSite.Cancel)).EnsureSuccessStatusCode();

    /// <summary>Begins an upload and leaves it unfinished: the connection stays open until the result is disposed.</summary>
    public async Task<TcpClient> BeginUploadAsync(string id, int declaredBytes, byte[] sent)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(site.Address, site.GlancePort, TestSite.Cancel);
        string head = $"PUT /v2/images/{id}/file HTTP/1.1\r\nHost: {site.Address}\r\n{header}: {value}\r\nContent-Type: application/octet-stream\r\nContent-Length: {declaredBytes}\r\n\r\n";
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestSite.Cancel);
        await connection.GetStream().WriteAsync(sent, TestSite.Cancel);
        return connection;
    }

    public void Dispose() => Http.Dispose();
}
