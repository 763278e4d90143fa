using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>A part of an upload that becomes one object. It passes from the source to Swift without being held, unless there is a file to hold it: then it
/// can be sent again from the start.</summary>
/// <param name="mostBytes">Where it ends when the source has not ended before.</param>
/// <param name="lengthBytes">How long it will be; null when nobody knows.</param>
/// <param name="kept">Receives what is sent; null without such a file. Empty, at its start.</param>
internal sealed class Segment(UploadBlocks source, long mostBytes, long? lengthBytes, FileStream? kept, CancellationToken cancel)
{
    private long takenBytes;

    /// <summary>Null when nobody knows.</summary>
    public long? LengthBytes => lengthBytes;

    /// <summary>MD5 of what was sent the last time; null where the platform forbids it, and before everything was sent.</summary>
    public string? Checksum { get; private set; }

    /// <summary>Whether it can be sent from its start.</summary>
    public bool MayRepeat => !source.HasFailed && (takenBytes == 0 || kept is not null);

    /// <summary>Throws what the source threw, as it threw it.</summary>
    public void ThrowIfSourceFailed() => source.ThrowIfFailed();

    /// <summary>Sends all of it.</summary>
    public async Task SendAsync(Stream network, Patience patience)
    {
        using ImageDigest? md5 = ImageDigest.TryCreateMd5();
        Checksum = null;
        if (takenBytes > 0) await SendKeptAsync(network, md5, patience);
        while (takenBytes < mostBytes && await TakeAsync(patience) is { IsEmpty: false } block)
        {
            takenBytes += block.Length;
            md5?.Append(block.Span);
            patience.Begin();
            await network.WriteAsync(block, patience.Token);
        }

        patience.Begin();
        Checksum = md5?.Finish();
    }

    private async Task SendKeptAsync(Stream network, ImageDigest? md5, Patience patience)
    {
        kept!.Position = 0;
        byte[] block = new byte[256 * 1024];
        while (await kept.ReadAsync(block, patience.Token) is > 0 and int read)
        {
            md5?.Append(block.AsSpan(0, read));
            patience.Begin();
            await network.WriteAsync(block.AsMemory(0, read), patience.Token);
        }
    }

    private async Task<ReadOnlyMemory<byte>> TakeAsync(Patience patience)
    {
        patience.Rest();
        ReadOnlyMemory<byte> block = await source.TakeAsync(mostBytes - takenBytes, cancel);
        Keep(block.Span);
        return block;
    }

    private void Keep(ReadOnlySpan<byte> block)
    {
        try
        {
            kept?.Write(block);
        }
        catch (Exception e) when (LinuxFile.Explain(e, "swift_upload_buffer_dir") is { } failure)
        {
            throw failure;
        }
    }
}

/// <summary>A segment as the body of a request.</summary>
internal sealed class SegmentContent(Segment segment, Patience patience) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => segment.SendAsync(stream, patience);

    protected override bool TryComputeLength(out long length)
    {
        length = segment.LengthBytes ?? 0;
        return segment.LengthBytes is not null;
    }
}
