using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KollaNet.ImageService.Images;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Hosting;

/// <summary>Sends what a connection has to say straight through its socket, in place of Kestrel's own loop behind a pipe. So it is known what has left, and files can go out by
/// sendfile(2) in between, which Kestrel never does: it moves them without a copy. For plain connections; encrypted ones have nothing to gain.</summary>
/// <param name="end">Kestrel's own, which has nothing to send: its completion closes the connection.</param>
internal sealed partial class DirectOutput(Socket socket, PipeWriter end) : PipeWriter, IFileOutput
{
    private const int UsualBytes = 4096, MostUsualBytes = 64 * 1024;

    /// <summary>Where bytes are written that were sent already. Nobody reads it.</summary>
    private static readonly byte[] Nowhere = new byte[1024 * 1024];

    private readonly Queue<ArraySegment<byte>> full = new();
    private byte[]? current;
    private int used, waiting;
    private int sentAhead;
    private bool isGone;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => waiting + used;

    /// <summary>Gives every connection of a listener this way out.</summary>
    public static void Use(ListenOptions listen) => listen.Use(next => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>() is { } feature)
        {
            var output = new DirectOutput(feature.Socket, connection.Transport.Output);
            connection.Transport = new Duplex(connection.Transport.Input, output);
            connection.Features.Set<IFileOutput>(output);
        }

        return next(connection);
    });

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (sentAhead > 0) return sizeHint <= Nowhere.Length ? Nowhere : new byte[sizeHint];
        if (current is not null && current.Length - used < Math.Max(sizeHint, 1))
        {
            full.Enqueue(new ArraySegment<byte>(current, 0, used));
            waiting += used;
            (current, used) = (null, 0);
        }

        current ??= ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, Math.Clamp(waiting, UsualBytes, MostUsualBytes)));
        return current.AsMemory(used);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (sentAhead > 0) sentAhead = bytes <= sentAhead ? sentAhead - bytes : throw new InvalidOperationException($"{bytes} bytes were written where {sentAhead} had been sent.");
        else used += bytes;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            while (full.TryPeek(out ArraySegment<byte> segment))
            {
                if (!isGone) await socket.SendAsync(segment.AsMemory(), SocketFlags.None, cancellationToken);
                full.Dequeue();
                waiting -= segment.Count;
                ArrayPool<byte>.Shared.Return(segment.Array!);
            }

            if (used > 0 && !isGone) await socket.SendAsync(current.AsMemory(0, used), SocketFlags.None, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            isGone = true;   // Kestrel sees that by itself, when it tries to receive.
        }

        Drop();
        return new FlushResult(isCanceled: false, isCompleted: isGone);
    }

    public int TrySend(SafeFileHandle file, long offsetBytes, long mostBytes)
    {
        if (isGone || UnflushedBytes > 0 || sentAhead > 0) return 0;
        try
        {
            long sent = SendFile(socket.SafeHandle, file, ref offsetBytes, (nuint)Math.Min(mostBytes, Nowhere.Length));
            return sentAhead = (int)Math.Max(sent, 0);   // What went wrong, the usual way finds out again.
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <summary>Nothing waits to be cancelled but by its own token.</summary>
    public override void CancelPendingFlush()
    {
    }

    /// <summary>Buffers that were not sent are left to the garbage collector: the socket may still read from them.</summary>
    public override void Complete(Exception? exception = null) => end.Complete(exception);

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    private static partial nint SendFile(SafeHandle to, SafeFileHandle from, ref long offset, nuint count);

    private void Drop()
    {
        while (full.TryDequeue(out ArraySegment<byte> segment)) ArrayPool<byte>.Shared.Return(segment.Array!);
        if (current is not null) ArrayPool<byte>.Shared.Return(current);
        (current, used, waiting) = (null, 0, 0);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
