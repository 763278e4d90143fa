using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using KollaNet.ImageService.Tests.Hosting.Tls;

namespace KollaNet.ImageService.Tests.Stores.Trials;

/// <summary>Takes connections on a loopback port and says nothing on them; with TLS it shows a certificate that nobody knows.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly TestAuthority authority = new("nobody knows me");
    private readonly CancellationTokenSource stop = new();
    private readonly List<TcpClient> clients = [];
    private readonly X509Certificate2 certificate;
    private readonly Task accepting;

    public SilentServer(bool tls)
    {
        (string text, string key) = authority.Issue("silent");
        certificate = X509Certificate2.CreateFromPem(text, key);
        listener.Start();
        accepting = AcceptAsync(tls);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        foreach (TcpClient client in clients) client.Dispose();
        listener.Dispose();
        certificate.Dispose();
        authority.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync(bool tls)
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                clients.Add(client);
                if (tls) await GreetAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task GreetAsync(TcpClient client)
    {
        var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop.Token);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The client does not trust us, as it should.
        }
    }
}
