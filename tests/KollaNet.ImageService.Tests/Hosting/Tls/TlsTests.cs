using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Hosting.Tls;

public sealed class TlsTests : IDisposable
{
    private readonly TestAuthority authority = new("tests"), strangers = new("strangers");
    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-tls-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        authority.Dispose();
        strangers.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task It_speaks_https_and_links_say_so_too()
    {
        await using ApiServer api = await StartAsync("first");
        using HttpClient http = Client(api, authority);
        (await http.GetStringAsync(new Uri("/healthcheck", UriKind.Relative), Cancel)).Should().Be("OK");
        (await http.GetStringAsync(new Uri("/versions", UriKind.Relative), Cancel)).Should().Contain($"https://127.0.0.1:{api.Address.Port}/v2/");
        using HttpClient stranger = Client(api, strangers);
        await ShouldFailAsync(stranger);
    }

    [Fact]
    public async Task New_certificates_count_without_a_restart_and_broken_ones_do_not()
    {
        var clock = new ManualClock(DateTime.UtcNow);
        await using ApiServer api = await StartAsync("first", clock);
        (await SubjectAsync(api)).Should().Be("CN=first");
        Write("second");
        clock.Advance(TimeSpan.FromSeconds(6));
        await UntilAsync(api, "CN=second");

        await File.WriteAllTextAsync(CertFile, "no certificate", Cancel);
        clock.Advance(TimeSpan.FromSeconds(6));
        (await SubjectAsync(api)).Should().Be("CN=second");
        (IReadOnlyList<string> taken, IReadOnlyList<string> kept) = api.Server.Reload(GlanceOptions.Defaults);
        (string.Join(", ", taken), string.Join(", ", kept)).Should().Be(("policy files", "certificates"));
        Write("third");
        api.Server.Reload(GlanceOptions.Defaults).Taken.Should().Equal("policy files", "certificates");
        (await SubjectAsync(api)).Should().Be("CN=third", "a signal needs no waiting");
    }

    [Fact]
    public async Task Clients_need_a_certificate_where_an_authority_for_them_is_named()
    {
        string ca = Path.Combine(folder, "clients.pem");
        await File.WriteAllTextAsync(ca, authority.Certificate.ExportCertificatePem(), Cancel);
        await using ApiServer api = await StartAsync("server", more: $"\nca_file = {ca}");
        using (HttpClient without = Client(api, authority)) await ShouldFailAsync(without);
        using (HttpClient wrong = Client(api, authority, strangers.Issue("client"))) await ShouldFailAsync(wrong);
        using HttpClient right = Client(api, authority, authority.Issue("client"));
        (await right.GetStringAsync(new Uri("/healthcheck", UriKind.Relative), Cancel)).Should().Be("OK");
    }

    [Fact]
    public async Task Old_protocols_are_refused()
    {
        await using ApiServer api = await StartAsync("server");
#pragma warning disable SYSLIB0039, CA5397 // The old protocol is the point.
        Func<Task> old = () => SubjectAsync(api, SslProtocols.Tls11);
#pragma warning restore SYSLIB0039, CA5397
        await old.Should().ThrowAsync<Exception>();
        (await SubjectAsync(api, SslProtocols.Tls12)).Should().Be("CN=server");
        (await SubjectAsync(api, SslProtocols.Tls13)).Should().Be("CN=server");
    }

    [Fact]
    public async Task Files_that_cannot_be_used_stop_the_service_with_a_reason()
    {
        Func<Task> half = () => ApiServer.StartAsync(new ApiServer { Default = "cert_file = /nowhere.pem" });
        await half.Should().ThrowAsync<ConfigurationInvalidException>().WithMessage("*HTTPS needs both*");
        Func<Task> missing = () => ApiServer.StartAsync(new ApiServer { Default = "cert_file = /nowhere.pem\nkey_file = /nowhere.key" });
        await missing.Should().ThrowAsync<ConfigurationInvalidException>().WithMessage("*cert_file*/nowhere.pem*");
    }

    private string CertFile => Path.Combine(folder, "cert.pem");

    private string KeyFile => Path.Combine(folder, "key.pem");

    private void Write(string name)
    {
        (string certificate, string key) = authority.Issue(name);
        File.WriteAllText(KeyFile, key);
        File.WriteAllText(CertFile, certificate);
        File.SetLastWriteTimeUtc(CertFile, DateTime.UtcNow.AddSeconds(name.Length));
    }

    private async Task<ApiServer> StartAsync(string name, TimeProvider? time = null, string more = "")
    {
        Write(name);
        return await ApiServer.StartAsync(new ApiServer { Time = time ?? TimeProvider.System, Default = $"cert_file = {CertFile}\nkey_file = {KeyFile}{more}" });
    }

    private static HttpClient Client(ApiServer api, TestAuthority trusted, (string Certificate, string Key)? own = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(trusted.Certificate);
        var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } };
        if (own is { } pem) handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPem(pem.Certificate, pem.Key)];
        return new HttpClient(handler) { BaseAddress = api.Address };
    }

    private static async Task ShouldFailAsync(HttpClient http)
    {
        Func<Task> ask = () => http.GetStringAsync(new Uri("/healthcheck", UriKind.Relative), Cancel);
        await ask.Should().ThrowAsync<HttpRequestException>();
    }

    private static async Task UntilAsync(ApiServer api, string subject)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await SubjectAsync(api) != subject) await Task.Delay(20, patience.Token);
    }

    private static async Task<string> SubjectAsync(ApiServer api, SslProtocols protocol = SslProtocols.None)
    {
        using var tcp = new TcpClient("127.0.0.1", api.Address.Port);
#pragma warning disable CA5359 // Whose certificate it is, is what we ask.
        await using var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", EnabledSslProtocols = protocol }, Cancel);
        return tls.RemoteCertificate!.Subject;
    }
}
