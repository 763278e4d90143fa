using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>Bytes sent to a server as they are, on a connection of their own.</summary>
internal static class RawExchange
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends and reads until the server closes; <paramref name="bytes"/> ask it to.</summary>
    /// <returns>All that came; empty when the server only closed.</returns>
    /// <exception cref="OperationCanceledException">It hangs.</exception>
    public static async Task<string> SendAsync(Uri server, byte[] bytes)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, deadline.Token);
        NetworkStream stream = client.GetStream();
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(bytes, deadline.Token);
            await stream.CopyToAsync(answer, deadline.Token);
        }
        catch (IOException)
        {
            // The server had said all it had to say before it read the rest, and closed.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>Sends and goes away without waiting for an answer.</summary>
    public static async Task CutAsync(Uri server, ReadOnlyMemory<byte> bytes, bool reset)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        if (reset) client.LingerState = new LingerOption(true, 0);
        await client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);
    }

    /// <summary>The status of the first answer; null when there is none.</summary>
    public static int? StatusOf(string answer) =>
        answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture) : null;
}
