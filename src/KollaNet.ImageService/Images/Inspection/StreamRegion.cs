namespace KollaNet.ImageService.Images.Inspection;

/// <summary>Keeps one range of a stream that passes by.</summary>
internal sealed class StreamRegion(long offset, int length)
{
    private readonly byte[] bytes = new byte[length];
    private int filled;

    /// <summary>What has come of it so far; shorter than wanted when the stream ends early.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, filled);

    public bool IsComplete => filled == bytes.Length;

    /// <summary>Looks at a piece of the stream. Pieces come in order and may overlap what was seen.</summary>
    /// <param name="at">Where the piece begins in the stream.</param>
    public void Feed(long at, ReadOnlySpan<byte> piece)
    {
        long skip = offset + filled - at;
        if (skip < 0 || skip >= piece.Length || IsComplete) return;
        ReadOnlySpan<byte> news = piece[(int)skip..];
        news = news[..Math.Min(news.Length, bytes.Length - filled)];
        news.CopyTo(bytes.AsSpan(filled));
        filled += news.Length;
    }
}
