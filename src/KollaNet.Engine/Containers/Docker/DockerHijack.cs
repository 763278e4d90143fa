using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace KollaNet.Engine.Containers.Docker;

/// <summary>A call whose connection becomes the command's own input and output.
/// Written by hand, as <see cref="HttpClient"/> cannot close its sending half, and a command that reads its input to the end would never finish.</summary>
internal sealed class DockerHijack : IAsyncDisposable
{
    private readonly Stream connection;
    private readonly BufferedStream answer;

    private DockerHijack(Stream connection)
    {
        this.connection = connection;
        answer = new BufferedStream(connection, 64 * 1024);
    }

    /// <summary>What the command writes, in frames.</summary>
    public Stream Output => answer;

    /// <exception cref="EngineException">The engine refused.</exception>
    public static async Task<DockerHijack> OpenAsync(DockerApi api, string path, byte[] json, string what, CancellationToken cancel)
    {
        string prefix = await api.PrefixAsync(cancel);
        DockerHijack hijack = new(await api.DialAsync(cancel));
        try
        {
            await hijack.connection.WriteAsync(Encoding.ASCII.GetBytes(
                $"POST {prefix}{path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: {json.Length}\r\n\r\n"), cancel);
            await hijack.connection.WriteAsync(json, cancel);
            await hijack.ReadHeadAsync(what, cancel);
            return hijack;
        }
        catch
        {
            await hijack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends the command's input and then its end.</summary>
    public async Task SendInputAsync(string input, CancellationToken cancel)
    {
        try
        {
            await connection.WriteAsync(Encoding.UTF8.GetBytes(input), cancel);
            if (connection is NetworkStream network) network.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            // The command ended before it had read everything; its exit code says what that means.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await answer.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task ReadHeadAsync(string what, CancellationToken cancel)
    {
        int status = int.Parse((await ReadHeaderLineAsync(cancel)).Split(' ')[1], CultureInfo.InvariantCulture);
        long length = 0;
        for (string line; (line = await ReadHeaderLineAsync(cancel)).Length > 0;)
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) length = long.Parse(line["Content-Length:".Length..], CultureInfo.InvariantCulture);
        }
        if (status is 101 or 200) return;
        byte[] body = new byte[Math.Min(length, 64 * 1024)];
        int read = await answer.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel);
        throw new EngineException(what, DockerApi.EngineMessage(status, Encoding.UTF8.GetString(body, 0, read)));
    }

    private async Task<string> ReadHeaderLineAsync(CancellationToken cancel)
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (await answer.ReadAsync(one, cancel) == 1)
        {
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
        throw new IOException("the engine closed the connection before it answered");
    }
}
