using System.Buffers;
using System.Net;

namespace KollaNet.ImageService.Stores;

/// <summary>Waits for a server that is slow, however long a request takes, and gives up one that moves nothing.</summary>
/// <param name="limit">How long it may take no byte of a request, or make no answer to a whole one.</param>
internal sealed class PatientHandler(TimeSpan limit, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <exception cref="TaskCanceledException">As <see cref="HttpClient"/> says it of its own limit: with a <see cref="TimeoutException"/> inside.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var waiting = new Patience(limit, cancellationToken);
        if (request.Content is { } body) request.Content = new WatchedContent(body, waiting);
        waiting.Begin();
        try
        {
            return await base.SendAsync(request, waiting.Token);
        }
        catch (OperationCanceledException e) when (waiting.RanOut)
        {
            TimeoutException reason = waiting.Explain(e);
            throw new TaskCanceledException(reason.Message, reason, waiting.Token);
        }
    }

    /// <summary>Each block that the network has taken begins the wait anew.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private const int BlockBytes = 64 * 1024;

        private readonly HttpContent body;
        private readonly Patience waiting;

        public WatchedContent(HttpContent body, Patience waiting)
        {
            (this.body, this.waiting) = (body, waiting);
            foreach (KeyValuePair<string, IEnumerable<string>> header in body.Headers) Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            Stream source = await body.ReadAsStreamAsync(cancellationToken);
            byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
            try
            {
                while (await source.ReadAsync(block, cancellationToken) is > 0 and int read)
                {
                    waiting.Begin();
                    await stream.WriteAsync(block.AsMemory(0, read), waiting.Token);
                }

                waiting.Begin();
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(block);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Headers.ContentLength ?? 0;
            return body.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) body.Dispose();
            base.Dispose(disposing);
        }
    }
}
