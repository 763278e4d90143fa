using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KollaNet.ImageService.Tests.Stores;

/// <summary>A loopback port in front of a server, on which connections go wrong as a test says.</summary>
internal sealed class FaultyLink : IAsyncDisposable
{
    private const int SlowBytes = 64 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<LinkFault> faults = new();
    private readonly int target;
    private readonly Task accepting;

    /// <param name="target">The server's port.</param>
    public FaultyLink(int target)
    {
        this.target = target;
        listener.Server.ReceiveBufferSize = SlowBytes;   // A slow link must not take in everything at once.
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Connections made so far.</summary>
    public int Connections { get; private set; }

    /// <summary>What every connection without a fault of its own suffers.</summary>
    public LinkFault Usual { get; set; } = LinkFault.None;

    /// <summary>What the next new connections suffer, one each.</summary>
    public void Next(params LinkFault[] next)
    {
        foreach (LinkFault fault in next) faults.Enqueue(fault);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptSocketAsync(stop.Token);
                Connections++;
                _ = ServeAsync(client, faults.TryDequeue(out LinkFault? next) ? next : Usual);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket accepted, LinkFault fault)
    {
        using Socket client = accepted, server = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (fault.Answer is { } answer)
            {
                await AnswerAsync(client, answer);
                return;
            }

            await server.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            Task up = CopyAsync(client, server, fault.MostUpBytes, fault.BytesPerSecond, fault.Rewrite), down = CopyAsync(server, client, fault.MostDownBytes, fault.BytesPerSecond, null);
            bool isServersEnd = await Task.WhenAny(up, down) == down;
            // What came from the server so far arrives; a client that broke off gets a reset.
            if (isServersEnd) client.Shutdown(SocketShutdown.Send);
            else client.Close(0);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side left, which is what this is for.
        }
    }

    private async Task CopyAsync(Socket from, Socket to, long mostBytes, int? bytesPerSecond, Func<string, string>? rewrite)
    {
        byte[] block = new byte[SlowBytes];
        while (mostBytes > 0 && await from.ReceiveAsync(block, stop.Token) is > 0 and int read)
        {
            ReadOnlyMemory<byte> passed = block.AsMemory(0, (int)Math.Min(read, mostBytes));
            if (rewrite is not null) passed = Encoding.Latin1.GetBytes(rewrite(Encoding.Latin1.GetString(passed.Span)));
            if (bytesPerSecond is { } rate) await Task.Delay(TimeSpan.FromSeconds((double)passed.Length / rate), stop.Token);
            await to.SendAsync(passed, stop.Token);
            mostBytes -= passed.Length;
        }
    }

    /// <summary>Waits for the head of a request, so that the answer is one.</summary>
    private async Task AnswerAsync(Socket client, string answer)
    {
        byte[] block = new byte[64 * 1024];
        var head = new StringBuilder();
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await client.ReceiveAsync(block, stop.Token) is > 0 and int read) head.Append(Encoding.Latin1.GetString(block, 0, read));
        await client.SendAsync(Encoding.Latin1.GetBytes(answer), stop.Token);
        client.Shutdown(SocketShutdown.Send);
        while (await client.ReceiveAsync(block, stop.Token) > 0)
        {
            // A body that was on its way: closing now would reset the connection before the answer is read.
        }
    }
}

/// <summary>How a connection goes wrong.</summary>
/// <param name="MostUpBytes">It breaks after so many bytes from the client.</param>
/// <param name="MostDownBytes">It breaks after so many bytes from the server.</param>
/// <param name="Answer">Sent in place of whatever the server would say; null asks the server.</param>
/// <param name="Rewrite">Changes what the client sends; null leaves it.</param>
/// <param name="BytesPerSecond">How fast it is at most, each way; null for no limit.</param>
internal sealed record LinkFault(
    long MostUpBytes = long.MaxValue, long MostDownBytes = long.MaxValue, string? Answer = null, Func<string, string>? Rewrite = null, int? BytesPerSecond = null)
{
    public static LinkFault None { get; } = new();

    /// <summary>An answer with this status and body, after which the connection ends.</summary>
    public static LinkFault Status(string status, string body = "") => new(Answer: $"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
}
