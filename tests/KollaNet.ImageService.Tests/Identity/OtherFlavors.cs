using System.Text;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Identity;

public sealed class OtherFlavors
{
    // Made by htpasswd -B of Apache 2.4; passwords "secret" and "pässword".
    private const string Secret = "$2y$05$jU2fCAAPHY2Etw3xA8h43e4UF7yWKUfaBH2Za452SowqnxQo4LRrC", Umlaut = "$2y$04$a7.5SxMR5iCzw4NxZqWxBep9QXOpA9qkB8e6t7jabsigkTp6vv6qa";

    [Theory]
    [InlineData("secret", Secret, true)]
    [InlineData("pässword", Umlaut, true)]
    [InlineData("Secret", Secret, false)]
    [InlineData("", Secret, false)]
    [InlineData("secret", "$2y$05$short", false)]
    [InlineData("secret", "$apr1$abcdefgh$0123456789012345678901", false)]
    [InlineData("secret", "secret", false)]
    public void Bcrypt_hashes_are_verified(string password, string hash, bool good) => Bcrypt.Verify(password, hash).Should().Be(good);

    [Fact]
    public void Bcrypt_reads_72_bytes_of_a_password()
    {
        // Source: htpasswd -B, of 72 times "x".
        const string hash = "$2y$04$InzL/ZFqiqo5hVWU1ohc6efJLwv9hBdQhUJcXZwVyVcWTBEWeu2AW";
        Bcrypt.Verify(new string('x', 72), hash).Should().BeTrue();
        Bcrypt.Verify(new string('x', 80), hash).Should().BeTrue();
        Bcrypt.Verify(new string('x', 71), hash).Should().BeFalse();
    }

    [Fact]
    public async Task Http_basic_lets_the_users_of_a_file_in_as_administrators()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"# people\nalice:{Secret}\n", TestContext.Current.CancellationToken);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Flavor = "http_basic", Default = $"http_basic_auth_user_file = {file}\nhttp_basic_auth_project_id = everything" });
        Answer created = await api.SendAsync("", "POST", "/v2/images", ApiServer.Json("""{"visibility": "public"}"""), Basic("alice:secret"));
        (created.Status, (string?)created.Json["owner"]).Should().Be((201, "everything"));
        (await api.GetAsync("", "/v2/images", Basic("alice:secret"))).Status.Should().Be(200);
        Answer refused = await api.GetAsync("", "/v2/images", Basic("alice:wrong"));
        (refused.Status, refused.Header("WWW-Authenticate")).Should().Be((401, "Basic realm=\"Image API\""));
        (await api.GetAsync("", "/v2/images", Basic("bob:secret"))).Status.Should().Be(401);
        (await api.GetAsync("", "/v2/images", "Authorization: Basic %%%")).Status.Should().Be(401);
        (await api.GetAsync("", "/v2/images")).Status.Should().Be(401);

        await File.WriteAllTextAsync(file, $"bob:{Secret}\n", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(5));
        (await api.GetAsync("", "/v2/images", Basic("alice:secret"))).Status.Should().Be(401, "a user taken out of the file is out");
        (await api.GetAsync("", "/v2/images", Basic("bob:secret"))).Status.Should().Be(200);
        File.Delete(file);
    }

    [Fact]
    public async Task Lines_that_let_nobody_in_are_named_in_the_log_without_their_hashes()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"alice:{Secret}\nbob:$apr1$abcdefgh$0123456789012345678901\n", TestContext.Current.CancellationToken);
        var log = new StringWriter();
        await using (ApiServer api = await ApiServer.StartAsync(new ApiServer { Flavor = "http_basic", Default = $"http_basic_auth_user_file = {file}", Log = log }))
        {
            await File.WriteAllTextAsync(file, $"carol:secret\nalice:{Secret}\n", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(5));
            (await api.GetAsync("", "/v2/images", Basic("alice:secret"))).Status.Should().Be(200);
        }

        log.ToString().Should().Contain($"{file}: line 2: what user bob has is no bcrypt hash").And.Contain($"{file}: line 1: what user carol has is no bcrypt hash").And.NotContain("apr1").And.NotContain("user alice");
        File.Delete(file);
    }

    [Fact]
    public async Task Without_authentication_everybody_is_an_administrator_of_no_project()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Flavor = "none" });
        Answer created = await api.PostAsync("", "/v2/images", """{"visibility": "public"}""");
        (created.Status, (string?)created.Json["owner"]).Should().Be((201, null));
    }

    [Theory]
    [InlineData("kerberos", "*kerberos*")]
    [InlineData("http_basic", "*http_basic_auth_user_file*")]
    public async Task A_flavor_that_cannot_work_stops_the_service(string flavor, string message)
    {
        Func<Task> start = () => ApiServer.StartAsync(new ApiServer { Flavor = flavor });
        await start.Should().ThrowAsync<ConfigurationInvalidException>().WithMessage(message);
    }

    [Fact]
    public async Task A_service_without_configuration_works_on_its_own()
    {
        string folder = Directory.CreateTempSubdirectory("kollanet-alone-").FullName;
        await using ImageServer server = ImageServer.Create(StandAlone.Options(folder) with { BindPort = 0 }, new LineLog(TextWriter.Null), TimeProvider.System);
        await server.Database.Schema.SyncAsync(TestContext.Current.CancellationToken);
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = server.Address };
        (await http.GetStringAsync(new Uri("/healthcheck", UriKind.Relative), TestContext.Current.CancellationToken)).Should().Be("OK");
        server.Address.Host.Should().Be("127.0.0.1");
        Directory.Delete(folder, recursive: true);
    }

    private static string Basic(string credentials) => $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";
}
