using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Tests.Identity;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>A real server on a free loopback port, over SQLite and a file store in a folder of its own, with a Keystone that knows a few people.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    /// <summary>Tokens: an administrator; two ordinary projects; a member's colleague who may only read; a service; a colleague with a role of the site's own, <c>billing</c>.</summary>
    public const string Admin = "admin-token", Owner = "owner-token", Other = "other-token", Reader = "reader-token", Nobody = "nobody-token", Service = "service-token", Biller = "billing-token";

    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-api-").FullName;
    private ImageServer? server;
    private FakeKeystone? keystone;
    private HttpClient? http;

    public FakeKeystone Keystone => keystone!;

    public ImageServer Server => server!;

    public Uri Address => server!.Address;

    public string ImagesFolder => Beside?.ImagesFolder ?? Path.Combine(folder, "images");

    public string CheapFolder => Path.Combine(folder, "cheap");

    public string StagingFolder => Path.Combine(folder, "staging");

    /// <summary>Where <see cref="Cached"/> puts the image cache.</summary>
    public string CacheFolder => Path.Combine(folder, "cache");

    public string ConfigFile => Path.Combine(folder, "glance-api.conf");

    /// <summary>What <c>[database] connection</c> says, once started.</summary>
    public string Connection { get; private set; } = "";

    public HttpClient Http => http!;

    /// <summary>Lines added to the configuration, before starting.</summary>
    public string Default { get; init; } = "";

    /// <summary>More sections.</summary>
    public string Sections { get; init; } = "";

    public string Flavor { get; init; } = "keystone";

    public bool Stores { get; init; } = true;

    /// <summary>A second file store, <c>cheap</c>.</summary>
    public bool SecondStore { get; init; }

    /// <summary>More stores, as <c>enabled_backends</c> has them: <c>id:type</c>. Their options are among the <see cref="Sections"/>.</summary>
    public IReadOnlyList<string> MoreStores { get; init; } = [];

    /// <summary>Takes uploads that name no store.</summary>
    public string DefaultStore { get; init; } = "fast";

    /// <summary>Changes what the configuration cannot say.</summary>
    public Func<GlanceOptions, GlanceOptions> Adjust { get; init; } = options => options;

    /// <summary>A store <c>web</c> for locations on web servers.</summary>
    public bool WebStore { get; init; }

    /// <summary>With an image cache.</summary>
    public bool Cached { get; init; }

    /// <summary>Another node of the same deployment, started before: its database and images are used, its staging folder and cache are not.</summary>
    public ApiServer? Beside { get; init; }

    /// <summary>Gives the address of an empty database; null for SQLite.</summary>
    public Func<CancellationToken, Task<string>>? Database { get; init; }

    /// <summary>Where the log goes.</summary>
    public TextWriter Log { get; init; } = TextWriter.Null;

    /// <summary>What the first process goes by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The folder that holds everything, the configuration too.</summary>
    public string Folder => folder;

    /// <summary>Whether each start brings the database's tables up to date first.</summary>
    public bool Syncs { get; set; } = true;

    /// <summary>Text of policy.yaml.</summary>
    public string Policy { get; init; } = "";

    /// <summary>More files beside the configuration: name and text.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    public static async Task<ApiServer> StartAsync(ApiServer configured)
    {
        await configured.InitializeAsync();
        return configured;
    }

    public async ValueTask InitializeAsync()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        keystone = await FakeKeystone.StartAsync(cancel);
        keystone.Add(Admin, "admin-project", ["Admin", "member", "reader"]);
        keystone.Add(Owner, "p1", ["member", "reader"]);
        keystone.Add(Other, "p2", ["member", "reader"]);
        keystone.Add(Reader, "p1", ["reader"]);
        keystone.Add(Biller, "p1", ["member", "reader", "billing"]);
        keystone.Add(Nobody, "p1", ["something"]);
        keystone.Add(Service, "service", ["service"]);
        Directory.CreateDirectory(ImagesFolder);
        Connection = Beside?.Connection ?? (Database is null ? $"sqlite:///{folder}/glance.sqlite" : await Database(cancel));
        await File.WriteAllTextAsync(ConfigFile, $"""
            [DEFAULT]
            bind_host = 127.0.0.1
            bind_port = 0
            {(Stores ? $"enabled_backends = fast:file{(SecondStore ? ", cheap:file" : "")}{(WebStore ? ", web:http" : "")}{string.Concat(MoreStores.Select(store => $", {store}"))}" : "")}
            {(Cached ? $"image_cache_dir = {CacheFolder}" : "")}
            {Default}
            [glance_store]
            {(Stores ? $"default_backend = {DefaultStore}" : $"filesystem_store_datadir = {ImagesFolder}")}
            [fast]
            filesystem_store_datadir = {ImagesFolder}
            [cheap]
            filesystem_store_datadir = {CheapFolder}
            [os_glance_staging_store]
            filesystem_store_datadir = {StagingFolder}
            [database]
            connection = {Connection}
            [paste_deploy]
            flavor = {Flavor}
            [keystone_authtoken]
            auth_url = {keystone.Url}
            www_authenticate_uri = http://keystone.example:5000
            username = glance
            password = {FakeKeystone.Password}
            project_name = service
            service_token_roles_required = true
            {Sections}
            """, cancel);
        if (Policy.Length > 0) await File.WriteAllTextAsync(Path.Combine(folder, "policy.yaml"), Policy, cancel);
        foreach ((string name, string text) in Files) await File.WriteAllTextAsync(Path.Combine(folder, name), text, cancel);
        await StartServerAsync(Time);
    }

    /// <summary>Another process over the same database and folders, in place of the one that runs, if any does.</summary>
    public async Task StartServerAsync(TimeProvider time)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        http?.Dispose();
        server = ImageServer.Create(Adjust(GlanceOptions.Load([ConfigFile], [])), new LineLog(Log), time);
        if (Syncs) await server.Database.Schema.SyncAsync(cancel);
        await server.StartAsync(cancel);
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        if (server is not null) await server.DisposeAsync();
        if (keystone is not null) await keystone.DisposeAsync();
        await RemoveFolderAsync();
    }

    /// <summary>A server that is dropped while it works leaves as a crash does: an import may write its last block after that, so removing is repeated until it succeeds.</summary>
    private async Task RemoveFolderAsync()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20));
            }
        }
    }

    /// <summary>Sends a request; <paramref name="headers"/> are <c>Name: value</c>.</summary>
    public async Task<Answer> SendAsync(string token, string method, string path, HttpContent? content = null, params string[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Address.ToString().TrimEnd('/') + path)) { Content = content };
        if (token.Length > 0) request.Headers.TryAddWithoutValidation("X-Auth-Token", token);
        foreach (string[] header in headers.Select(header => header.Split(": ", 2)))
        {
            if (!request.Headers.TryAddWithoutValidation(header[0], header[1])) content!.Headers.TryAddWithoutValidation(header[0], header[1]);
        }

        using HttpResponseMessage response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer((int)response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    public Task<Answer> GetAsync(string token, string path, params string[] headers) => SendAsync(token, "GET", path, null, headers);

    public Task<Answer> PostAsync(string token, string path, string json) => SendAsync(token, "POST", path, Json(json));

    public Task<Answer> PatchAsync(string token, string id, string operations, string version = "2.1") =>
        SendAsync(token, "PATCH", $"/v2/images/{id}", Json(operations, $"application/openstack-images-v{version}-json-patch"));

    public Task<Answer> UploadAsync(string token, string id, byte[] data, params string[] headers) =>
        SendAsync(token, "PUT", $"/v2/images/{id}/file", Octets(data), headers);

    /// <summary>Makes an image; <paramref name="more"/> continues the JSON object.</summary>
    public async Task<string> CreateAsync(string token = Owner, string more = "")
    {
        Answer answer = await PostAsync(token, "/v2/images", $$"""{"name": "x", "disk_format": "raw", "container_format": "bare"{{(more.Length > 0 ? ", " + more : "")}}}""");
        answer.Status.Should().Be(201, answer.Text);
        return (string)answer.Json["id"]!;
    }

    /// <summary>Makes an image with data.</summary>
    public async Task<string> CreateActiveAsync(string token = Owner, string more = "", string data = "0123456789")
    {
        string id = await CreateAsync(token, more);
        Answer answer = await UploadAsync(token, id, Encoding.ASCII.GetBytes(data));
        answer.Status.Should().Be(204, answer.Text);
        return id;
    }

    public static StringContent Json(string text, string mediaType = "application/json")
    {
        var content = new StringContent(text, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return content;
    }

    public static ByteArrayContent Octets(byte[] data)
    {
        var content = new ByteArrayContent(data);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }
}

/// <summary>An answer, read to the end.</summary>
public sealed record Answer(int Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? Header(string name) =>
        Headers.TryGetValues(name, out IEnumerable<string>? values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : null;
}
