namespace KollaNet.ImageService.Stores.Http;

/// <summary>The wanted part of an answer's body, also of a server that knows no ranges and sent everything.</summary>
internal sealed class HttpRangeStream : ForwardStream
{
    private readonly HttpResponseMessage answer;
    private readonly Stream body;
    private long leftBytes;

    private HttpRangeStream(HttpResponseMessage answer, Stream body, long leftBytes) => (this.answer, this.body, this.leftBytes) = (answer, body, leftBytes);

    /// <summary>Takes the answer over.</summary>
    /// <param name="watch">Gives what to read the body through, from the first byte that comes; null for the body itself.</param>
    public static async Task<HttpRangeStream> OpenAsync(HttpResponseMessage answer, long offsetBytes, long? lengthBytes, CancellationToken cancel, Func<Stream, Stream>? watch = null)
    {
        Stream body = await answer.Content.ReadAsStreamAsync(cancel);
        var stream = new HttpRangeStream(answer, watch is null ? body : watch(body), lengthBytes ?? long.MaxValue);
        if (answer.StatusCode == System.Net.HttpStatusCode.PartialContent) return stream;
        try
        {
            await stream.SkipAsync(offsetBytes, cancel);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (leftBytes == 0) return 0;
        int read = await body.ReadAsync(buffer[..(int)Math.Min(buffer.Length, leftBytes)], cancellationToken);
        leftBytes -= read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        answer.Dispose();
        base.Dispose(disposing);
    }

    private async Task SkipAsync(long bytes, CancellationToken cancel)
    {
        byte[] rest = new byte[64 * 1024];
        while (bytes > 0 && await body.ReadAsync(rest.AsMemory(0, (int)Math.Min(bytes, rest.Length)), cancel) is > 0 and int read) bytes -= read;
    }
}
