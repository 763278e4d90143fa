using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KollaNet.Bench.Wire;

/// <summary>What came back.</summary>
/// <param name="Headers">As sent, the status line included.</param>
/// <param name="Body">Empty when it was not asked for.</param>
internal sealed record Answer(int Status, string Headers, long BodyBytes, byte[] Body)
{
    public string? Header(string name) => Headers.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}

/// <summary>One HTTP/1.1 connection on a blocking socket: as little work per request as a client can do, so that the server is what is measured.</summary>
internal sealed class HttpConnection(Uri server) : IDisposable
{
    private readonly byte[] buffer = new byte[256 * 1024];
    private Socket? socket;
    private int start, end;

    /// <summary>A request's bytes.</summary>
    public static byte[] Request(string method, Uri server, string path, string token, string? body = null, string contentType = "application/json")
    {
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: {server.Authority}\r\nX-Auth-Token: {token}\r\nAccept: */*\r\n");
        if (body is not null) head.Append(CultureInfo.InvariantCulture, $"Content-Type: {contentType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes($"{head}\r\n{body}");
    }

    /// <summary>Sends and reads the whole answer.</summary>
    /// <param name="keepBody">False discards it.</param>
    public Answer Send(ReadOnlySpan<byte> request, bool keepBody = false)
    {
        bool reused = socket is not null;
        Socket connected = Connect();
        try
        {
            connected.Send(request);
            return Read(connected, keepBody);
        }
        catch (Exception e) when (reused && e is SocketException or EndOfStreamException)
        {
            Close();   // The server had closed it while it was idle.
            return Send(request, keepBody);
        }
    }

    /// <summary>Uploads a file with sendfile(2): the cheapest a client can be.</summary>
    public Answer SendFile(string path, string token, string file, long sizeBytes)
    {
        Socket connected = Connect();
        string head = $"PUT {path} HTTP/1.1\r\nHost: {server.Authority}\r\nX-Auth-Token: {token}\r\nContent-Type: application/octet-stream\r\nContent-Length: {sizeBytes}\r\n\r\n";
        connected.SendFile(file, Encoding.ASCII.GetBytes(head), default, TransmitFileOptions.UseDefaultWorkerThread);
        return Read(connected, keepBody: true);
    }

    public void Dispose() => Close();

    private Socket Connect()
    {
        if (socket is not null) return socket;
        socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 120_000 };
        socket.Connect(IPAddress.TryParse(server.Host, out IPAddress? address) ? address : Dns.GetHostAddresses(server.Host)[0], server.Port);
        return socket;
    }

    private void Close()
    {
        socket?.Dispose();
        (socket, start, end) = (null, 0, 0);
    }

    private Answer Read(Socket connected, bool keepBody)
    {
        int headEnd;
        while ((headEnd = buffer.AsSpan(start, end - start).IndexOf("\r\n\r\n"u8)) < 0) Fill(connected);
        string head = Encoding.ASCII.GetString(buffer, start, headEnd);
        start += headEnd + 4;
        var answer = new Answer(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head, 0, []);
        bool isClosing = string.Equals(answer.Header("Connection"), "close", StringComparison.OrdinalIgnoreCase);
        var kept = new ArrayBufferWriter<byte>();
        long bytes;
        if (string.Equals(answer.Header("Transfer-Encoding"), "chunked", StringComparison.OrdinalIgnoreCase)) bytes = ReadChunks(connected, keepBody ? kept : null);
        else if (answer.Header("Content-Length") is { } length) bytes = ReadCounted(connected, long.Parse(length, CultureInfo.InvariantCulture), keepBody ? kept : null);
        else bytes = answer.Status is 204 or 304 ? 0 : isClosing ? ReadToEnd(connected, keepBody ? kept : null) : 0;
        if (isClosing) Close();
        return answer with { BodyBytes = bytes, Body = kept.WrittenSpan.ToArray() };
    }

    private long ReadCounted(Socket connected, long count, ArrayBufferWriter<byte>? keep)
    {
        long left = count;
        while (left > 0)
        {
            if (start < end)
            {
                int some = (int)Math.Min(left, end - start);
                keep?.Write(buffer.AsSpan(start, some));
                start += some;
                left -= some;
            }
            else if (keep is null && left > buffer.Length)
            {
                // Thrown away in the kernel, without a copy. Source: tcp(7), MSG_TRUNC.
                int dropped = connected.Receive(buffer, 0, buffer.Length, SocketFlags.Truncated);
                if (dropped == 0) throw new EndOfStreamException($"{left} bytes of the body are missing.");
                left -= dropped;
            }
            else
            {
                Fill(connected);
            }
        }

        return count;
    }

    private long ReadChunks(Socket connected, ArrayBufferWriter<byte>? keep)
    {
        long total = 0;
        while (true)
        {
            int line;
            while ((line = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8)) < 0) Fill(connected);
            string size = Encoding.ASCII.GetString(buffer, start, line).Split(';')[0];
            start += line + 2;
            long chunk = long.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            total += ReadCounted(connected, chunk, keep);
            ReadCounted(connected, 2, null);
            if (chunk == 0) return total;
        }
    }

    private long ReadToEnd(Socket connected, ArrayBufferWriter<byte>? keep)
    {
        long total = 0;
        try
        {
            while (true)
            {
                keep?.Write(buffer.AsSpan(start, end - start));
                total += end - start;
                start = end;
                Fill(connected);
            }
        }
        catch (EndOfStreamException)
        {
            return total;
        }
    }

    private void Fill(Socket connected)
    {
        if (start == end) start = end = 0;
        if (end == buffer.Length)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        int read = connected.Receive(buffer, end, buffer.Length - end, SocketFlags.None);
        if (read == 0) throw new EndOfStreamException("The server closed the connection in the middle of an answer.");
        end += read;
    }
}
