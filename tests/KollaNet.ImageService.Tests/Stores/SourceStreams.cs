namespace KollaNet.ImageService.Tests.Stores;

/// <summary>Readable once, front to back, as a request body is.</summary>
internal abstract class SourceStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Gives its bytes in uneven pieces.</summary>
internal sealed class TrickleStream(byte[] content) : SourceStream
{
    private int position, reads;

    public Action? OnFirstRead { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (reads++ == 0) OnFirstRead?.Invoke();
        int count = Math.Min(Math.Min(buffer.Length, content.Length - position), 1 + (reads * 7919 % 200_000));
        content.AsMemory(position, count).CopyTo(buffer);
        position += count;
        return count;
    }
}

/// <summary>Gives zeros, then does something else.</summary>
internal sealed class BreakingStream(long goodBytes) : SourceStream
{
    private long given;

    /// <summary>What happens in place of an error.</summary>
    public Action? Instead { get; init; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        int count = (int)Math.Min(buffer.Length, goodBytes - given);
        given += count;
        if (count > 0)
        {
            buffer.Span[..count].Clear();
            return count;
        }

        if (Instead is null) throw new IOException("the client left");
        Instead();
        cancellationToken.ThrowIfCancellationRequested();
        return 0;
    }
}

/// <summary>As many zeros as asked for.</summary>
internal sealed class EndlessStream(long length) : SourceStream
{
    private long given;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = (int)Math.Min(buffer.Length, length - given);
        given += count;
        buffer.Span[..count].Clear();
        return ValueTask.FromResult(count);
    }
}

/// <summary>Zeros, and something that happens when so many have gone.</summary>
internal sealed class StoppingStream(long length, long at, Func<Task> happens) : SourceStream
{
    private long given;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (given < at && given + buffer.Length >= at) await happens();
        int count = (int)Math.Min(buffer.Length, length - given);
        given += count;
        buffer.Span[..count].Clear();
        return count;
    }
}
