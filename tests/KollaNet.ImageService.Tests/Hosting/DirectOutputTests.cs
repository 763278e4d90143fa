using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>Answers leave by a way of our own: what clients see of it, over bare sockets.</summary>
public sealed class DirectOutputTests : IAsyncLifetime
{
    private const int SizeBytes = 40 << 20;

    private readonly byte[] content = RandomNumberGenerator.GetBytes(SizeBytes);
    private ApiServer api = null!;
    private string id = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        api = await ApiServer.StartAsync(new ApiServer());
        id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, content)).Status.Should().Be(204);
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task Downloads_and_other_answers_follow_each_other_on_one_connection_byte_by_byte()
    {
        using Socket socket = await ConnectAsync(receiveBuffer: 64 * 1024);
        await using var stream = new NetworkStream(socket);
        foreach ((int from, int to) in ((int, int)[])[(0, SizeBytes - 1), (1_000_001, 30_000_000), (7, 7), (SizeBytes - 5, SizeBytes - 1)])
        {
            await SendAsync(socket, $"/v2/images/{id}/file", $"Range: bytes={from}-{to}\r\n");
            await SendAsync(socket, $"/v2/images/{id}");
            byte[] body = await ReadAnswerAsync(stream, 206);
            body.AsSpan().SequenceEqual(content.AsSpan(from, to + 1 - from)).Should().BeTrue("{0} to {1}", from, to);
            Encoding.UTF8.GetString(await ReadAnswerAsync(stream, 200)).Should().Contain(id);
        }
    }

    [Fact]
    public async Task Answers_to_requests_that_come_all_at_once_keep_their_order()
    {
        using Socket socket = await ConnectAsync();
        await using var stream = new NetworkStream(socket);
        for (int i = 0; i < 200; i++) await SendAsync(socket, i % 3 == 0 ? "/v2/images" : $"/v2/images?limit={i}");
        for (int i = 0; i < 200; i++) Encoding.UTF8.GetString(await ReadAnswerAsync(stream, 200)).Should().Contain($"\"first\": \"/v2/images{(i % 3 == 0 ? "" : $"?limit={i}")}\"");
    }

    [Fact]
    public async Task A_refused_upload_says_why_while_its_client_still_sends_and_the_connection_goes_on()
    {
        for (int i = 0; i < 5; i++)
        {
            string qcow2 = (string)(await api.PostAsync(ApiServer.Owner, "/v2/images", """{"disk_format": "qcow2", "container_format": "bare"}""")).Json["id"]!;
            using Socket socket = await ConnectAsync();
            await using var stream = new NetworkStream(socket);
            await SendAsync(socket, $"/v2/images/{qcow2}/file", $"Content-Type: application/octet-stream\r\nContent-Length: {4 << 20}\r\n", "PUT");
            await socket.SendAsync(new byte[1 << 20], SocketFlags.None, Cancel);
            Encoding.UTF8.GetString(await ReadAnswerAsync(stream, 415)).Should().Contain("415");

            await socket.SendAsync(new byte[3 << 20], SocketFlags.None, Cancel);
            await SendAsync(socket, $"/v2/images/{qcow2}");
            Encoding.UTF8.GetString(await ReadAnswerAsync(stream, 200)).Should().Contain("queued");
        }
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_disturbs_nobody()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            using Socket socket = await ConnectAsync();
            await SendAsync(socket, $"/v2/images/{id}/file");
            await new NetworkStream(socket).ReadExactlyAsync(new byte[100_000 * (i + 1)], Cancel);
            socket.LingerState = new LingerOption(i % 2 == 0, 0);   // Half of them with a reset.
        }));

        using Socket last = await ConnectAsync();
        await SendAsync(last, $"/v2/images/{id}/file");
        (await ReadAnswerAsync(new NetworkStream(last), 200)).AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Fact]
    public async Task A_file_that_ends_early_ends_the_connection_and_never_looks_whole()
    {
        using Socket socket = await ConnectAsync(receiveBuffer: 64 * 1024);
        await using var stream = new NetworkStream(socket);
        await SendAsync(socket, $"/v2/images/{id}/file");
        await stream.ReadExactlyAsync(new byte[100_000], Cancel);

        await using (var file = new FileStream(Path.Combine(api.ImagesFolder, id), FileMode.Open, FileAccess.Write)) file.SetLength(SizeBytes - 1_000_000);

        long received = 100_000;
        byte[] buffer = new byte[1 << 20];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, Cancel)) > 0;) received += read;
        }
        catch (IOException)
        {
            // A reset says the same.
        }

        received.Should().BeLessThan(SizeBytes);
    }

    [Fact]
    public async Task A_download_survives_the_deletion_of_its_image()
    {
        using Socket socket = await ConnectAsync(receiveBuffer: 64 * 1024);
        await using var stream = new NetworkStream(socket);
        await SendAsync(socket, $"/v2/images/{id}/file");
        await Task.Delay(100, Cancel);

        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);

        (await ReadAnswerAsync(stream, 200)).AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    private static async Task<byte[]> ReadAnswerAsync(Stream stream, int status)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, Cancel);
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n");
        lines[0].Should().StartWith($"HTTP/1.1 {status}");
        string length = lines.Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))["Content-Length:".Length..];
        byte[] body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, Cancel);
        return body;
    }

    private async Task<Socket> ConnectAsync(int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(api.Address.Host, api.Address.Port, Cancel);
        return socket;
    }

    private async Task SendAsync(Socket socket, string path, string headers = "", string method = "GET") =>
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {api.Address.Authority}\r\nX-Auth-Token: {ApiServer.Owner}\r\n{headers}\r\n"), SocketFlags.None, Cancel);
}
