using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KollaNet.TestHost;

namespace KollaNet.MariaDb.Tests;

public sealed class LoginTests(MariaDbServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_password_is_error_1045_and_shows_none()
    {
        MariaDbException error = await RefusalOf(fixture.Root with { Password = "s3cret" });

        error.Should().BeEquivalentTo(new { Code = 1045, SqlState = "28000", IsTransient = false });
        error.ToString().Should().NotContain("s3cret").And.NotContain(fixture.Server.RootPassword);
    }

    [Fact]
    public async Task An_unknown_database_is_error_1049()
    {
        (await RefusalOf(fixture.Root with { Database = "nowhere" })).Code.Should().Be(1049);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_and_may_be_tried_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        MariaDbException error = await RefusalOf(fixture.Root with { Port = port });

        error.Should().BeEquivalentTo(new { Code = 2003, IsTransient = true });
        error.Message.Should().Contain($"127.0.0.1:{port}");
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("\u0001\0\0\0\n")]
    [InlineData("\u0005\0\0\0\tabcd")]
    public async Task A_server_that_speaks_something_else_is_told_apart(string greeting)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<Socket> accepted = listener.AcceptSocketAsync(Cancel).AsTask();
        Task<MariaDbException> refusal = RefusalOf(fixture.Root with { Port = ((IPEndPoint)listener.LocalEndpoint).Port });
        using Socket peer = await accepted;
        await peer.SendAsync(System.Text.Encoding.Latin1.GetBytes(greeting), Cancel);

        (await refusal).Should().BeEquivalentTo(new { Code = 2027, IsTransient = false });
    }

    [Fact]
    public async Task A_user_without_a_password_logs_in()
    {
        await fixture.Server.ExecuteAsRootAsync("CREATE USER nopass@'%'", Cancel);

        await LogsIn(fixture.Root with { User = "nopass", Password = "", Database = null });
    }

    [Fact]
    public async Task An_account_of_another_plugin_makes_the_login_switch()
    {
        await fixture.Server.ExecuteAsRootAsync(
            "INSTALL SONAME 'auth_ed25519'; CREATE USER curve@'%' IDENTIFIED VIA ed25519 USING PASSWORD('pässword')", Cancel);

        await LogsIn(fixture.Root with { User = "curve", Password = "pässword", Database = null });
        (await RefusalOf(fixture.Root with { User = "curve", Password = "password", Database = null })).Code.Should().Be(1045);
    }

    [Fact]
    public async Task A_plugin_that_this_client_does_not_know_is_named()
    {
        await fixture.Server.ExecuteAsRootAsync("CREATE USER ancient@'%' IDENTIFIED VIA mysql_old_password USING '5d2e19393cc5ef67'; SET GLOBAL secure_auth = 0", Cancel);

        MariaDbException error = await RefusalOf(fixture.Root with { User = "ancient", Password = "s3cret", Database = null });

        error.Code.Should().Be(2059);
        error.Message.Should().Contain("mysql_old_password").And.Contain("client_ed25519").And.NotContain("s3cret");
    }

    [Fact]
    public async Task Required_encryption_is_refused_when_the_server_has_none_and_preferred_is_not()
    {
        foreach (MariaDbTlsMode mode in new[] { MariaDbTlsMode.Required, MariaDbTlsMode.VerifyCa, MariaDbTlsMode.VerifyFull })
            (await RefusalOf(fixture.Root with { TlsMode = mode })).Should().BeEquivalentTo(new { Code = 2026, IsTransient = false });

        await LogsIn(fixture.Root with { TlsMode = MariaDbTlsMode.Preferred });
    }

    [Fact]
    public async Task Encryption_works_and_checks_the_certificate_as_far_as_asked()
    {
        (string right, string wrong, string server) = Certificates(nameInCertificate: "db.example.org");
        string folder = Directory.CreateTempSubdirectory("kollanet-tls").FullName;
        await using MariaDbServer encrypted = await MariaDbServer.StartAsync(server, Cancel);
        var settings = new MariaDbSettings { Host = encrypted.Host, Port = encrypted.Port, User = "root", Password = encrypted.RootPassword };
        string trusted = Path.Combine(folder, "right.pem"), stranger = Path.Combine(folder, "wrong.pem");
        await File.WriteAllTextAsync(trusted, right, Cancel);
        await File.WriteAllTextAsync(stranger, wrong, Cancel);

        (await CipherOf(settings with { TlsMode = MariaDbTlsMode.Disabled })).Should().BeEmpty();
        (await CipherOf(settings with { TlsMode = MariaDbTlsMode.Preferred })).Should().NotBeEmpty();
        (await CipherOf(settings with { TlsMode = MariaDbTlsMode.Required })).Should().NotBeEmpty();
        (await CipherOf(settings with { TlsMode = MariaDbTlsMode.VerifyCa, TlsCaFile = trusted })).Should().NotBeEmpty();
        (await RefusalOf(settings with { TlsMode = MariaDbTlsMode.VerifyCa, TlsCaFile = stranger })).Code.Should().Be(2026);
        (await RefusalOf(settings with { TlsMode = MariaDbTlsMode.VerifyFull, TlsCaFile = trusted })).Code.Should().Be(2026);
        (await RefusalOf(settings with { TlsMode = MariaDbTlsMode.VerifyFull, TlsCaFile = folder + "/none" })).Message.Should().Contain(folder + "/none");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_certificate_that_names_the_host_satisfies_full_verification()
    {
        (string ca, _, string server) = Certificates(nameInCertificate: null);
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, ca, Cancel);
        await using MariaDbServer encrypted = await MariaDbServer.StartAsync(server, Cancel);
        var settings = new MariaDbSettings { Host = encrypted.Host, Port = encrypted.Port, User = "root", Password = encrypted.RootPassword, TlsMode = MariaDbTlsMode.VerifyFull, TlsCaFile = file };

        (await CipherOf(settings)).Should().NotBeEmpty();
        await using var source = new MariaDbDataSource(settings);
        byte[] large = RandomNumberGenerator.GetBytes(18_000_000);
        ((byte[])(await source.ScalarAsync("SELECT @v", ("v", large)))!).AsSpan().SequenceEqual(large).Should().BeTrue();
        File.Delete(file);
    }

    // An authority, another one, and a server's certificate of the first with its key. Without a name it is for the loopback address.
    private static (string Authority, string Stranger, string Server) Certificates(string? nameInCertificate)
    {
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1), to = DateTimeOffset.UtcNow.AddDays(1);
        X509Certificate2 NewAuthority()
        {
            var request = new CertificateRequest("CN=test authority", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request.CreateSelfSigned(from, to);
        }
        using X509Certificate2 authority = NewAuthority(), stranger = NewAuthority();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=database", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (nameInCertificate is null)
            names.AddIpAddress(IPAddress.Loopback);
        else
            names.AddDnsName(nameInCertificate);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = server.Create(authority, from, to, [1, 2, 3]);
        return (authority.ExportCertificatePem(), stranger.ExportCertificatePem(), issued.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static async Task<MariaDbException> RefusalOf(MariaDbSettings settings)
    {
        await using var source = new MariaDbDataSource(settings);
        return (await source.Awaiting(s => s.OpenConnectionAsync(Cancel).AsTask()).Should().ThrowAsync<MariaDbException>()).Which;
    }

    private static async Task LogsIn(MariaDbSettings settings)
    {
        await using var source = new MariaDbDataSource(settings);
        (await source.ScalarAsync("SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1)")).Should().Be(settings.User);
    }

    private static async Task<string> CipherOf(MariaDbSettings settings)
    {
        await using var source = new MariaDbDataSource(settings with { Database = "mysql" });
        await using MariaDbConnection connection = await source.OpenConnectionAsync(Cancel);
        await using var reader = await connection.Command("SHOW SESSION STATUS LIKE 'Ssl_cipher'").ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);
        return reader.GetString(1);
    }
}
