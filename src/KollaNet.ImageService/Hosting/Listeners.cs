using System.Net;
using System.Net.Sockets;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Tls;
using KollaNet.ImageService.Monitoring;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KollaNet.ImageService.Hosting;

/// <summary>Where the service listens: where it is told to, and nowhere else.</summary>
internal static class Listeners
{
    /// <summary>Bytes that each connection may receive before anybody reads them. Uploads read ahead themselves, in chunks that all share; Kestrel's own 1 MiB would only add to that.</summary>
    public const int ReceivedAhead = 256 * 1024;

    /// <param name="certificates">Null for plain HTTP.</param>
    /// <exception cref="ConfigurationInvalidException">A host name that has no address.</exception>
    public static void Configure(KestrelServerOptions kestrel, GlanceOptions options, ServerCertificates? certificates)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
        kestrel.Limits.MaxRequestBufferSize = ReceivedAhead;
        foreach (IPEndPoint place in Places("[DEFAULT] bind_host", options.BindHost, options.BindPort))
        {
            kestrel.Listen(place, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificates is null) DirectOutput.Use(listen);
                else listen.UseHttps(certificates.Handshake);
            });
        }

        if (options.Operations.Metrics is { BindPort: { } port } metrics)
        {
            foreach (IPEndPoint place in Places("[metrics] bind_host", metrics.BindHost, port)) kestrel.Listen(place, MetricsListener.Mark);
        }
    }

    /// <summary><c>http://127.0.0.1:9292</c>, for people.</summary>
    public static string Describe(GlanceOptions options)
    {
        string scheme = options.Operations.Tls is null ? "http" : "https";
        IEnumerable<string> api = Places("[DEFAULT] bind_host", options.BindHost, options.BindPort).Select(place => $"{scheme}://{place}");
        return string.Join(", ", options.Operations.Metrics is { BindPort: { } port } metrics ? api.Append($"http://{metrics.BindHost}:{port}/metrics") : api);
    }

    /// <summary>Names without an address, and places that the configuration gives away twice, a sentence each.</summary>
    /// <param name="isElsewhere">Names that nobody knows here may be known on the machine that they are for.</param>
    public static IEnumerable<string> FindProblems(GlanceOptions options, bool isElsewhere)
    {
        var problems = new List<string>();
        IPEndPoint[] api = Find("[DEFAULT] bind_host", options.BindHost, options.BindPort);
        IPEndPoint[] metrics = options.Operations.Metrics is { BindPort: { } port } own ? Find("[metrics] bind_host", own.BindHost, port) : [];
        problems.AddRange(
            from one in metrics
            let other = api.FirstOrDefault(place => Overlap(one, place))
            where other is not null
            select $"[metrics] bind_host, bind_port: {one} is taken by this configuration itself: the API listens on {other}, as [DEFAULT] bind_host and bind_port say; give one of them another port");
        foreach ((string option, IPEndPoint[] places) in new[] { ("[DEFAULT] bind_host", api), ("[metrics] bind_host", metrics) })
        {
            problems.AddRange(places.Index().SelectMany(one => places.Skip(one.Index + 1).Where(other => Overlap(one.Item, other))
                .Select(other => $"{option}: {one.Item} and {other} are both in it, and one of them includes the other; leave one out")));
        }

        return problems;

        IPEndPoint[] Find(string option, string hosts, int port) => [.. Names(hosts).Select(name => FindPlace(option, name, port)).OfType<IPEndPoint>().Distinct()];

        IPEndPoint? FindPlace(string option, string name, int port)
        {
            try
            {
                return new IPEndPoint(Resolve(option, name), port);
            }
            catch (ConfigurationInvalidException e)
            {
                if (!isElsewhere) problems.AddRange(e.Problems);
                return null;
            }
        }
    }

    /// <summary>Port 0 is any free one.</summary>
    private static bool Overlap(IPEndPoint one, IPEndPoint other) => one.Port == other.Port && one.Port != 0 && (Includes(one.Address, other.Address) || Includes(other.Address, one.Address));

    private static bool Includes(IPAddress one, IPAddress other) =>
        one.Equals(other) || one.Equals(IPAddress.IPv6Any) || (one.Equals(IPAddress.Any) && other.AddressFamily == AddressFamily.InterNetwork);

    private static IEnumerable<IPEndPoint> Places(string option, string hosts, int port) => Names(hosts).Select(name => new IPEndPoint(Resolve(option, name), port)).Distinct();

    private static IEnumerable<string> Names(string hosts)
    {
        // As in Python's socket module: no host is any address of the older protocol's kind.
        string[] names = hosts.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return (names.Length == 0 ? ["0.0.0.0"] : names).Select(name => name.TrimStart('[').TrimEnd(']'));
    }

    private static IPAddress Resolve(string option, string name)
    {
        if (name == "*") return IPAddress.IPv6Any;   // both protocols
        if (IPAddress.TryParse(name, out IPAddress? address)) return address;
        try
        {
            return Dns.GetHostAddresses(name)[0];
        }
        catch (SocketException e)
        {
            throw new ConfigurationInvalidException([$"{option}: '{name}' has no address: {e.Message}"]);
        }
    }
}
