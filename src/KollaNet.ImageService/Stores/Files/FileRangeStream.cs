using KollaNet.ImageService.Images;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Stores.Files;

/// <summary>A range of a file. Reads are plain system calls that complete at once, also the asynchronous ones: for data in the page cache nothing is faster.</summary>
internal sealed class FileRangeStream(SafeFileHandle file, long offsetBytes, long lengthBytes) : Stream, IFileBytes
{
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => lengthBytes;

    public override long Position { get => position; set => position = Math.Clamp(value, 0, lengthBytes); }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, lengthBytes - position);
        if (wanted <= 0) return 0;
        int read = RandomAccess.Read(file, buffer[..wanted], offsetBytes + position);
        if (read == 0) throw new EndOfStreamException($"The file ends {lengthBytes - position} bytes early; something shortened it while it was being read.");
        position += read;
        return read;
    }

    public int SendTo(IFileOutput output)
    {
        int sent = position < lengthBytes ? output.TrySend(file, offsetBytes + position, lengthBytes - position) : 0;
        position += sent;
        return sent;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => position,
        _ => lengthBytes,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }
}
