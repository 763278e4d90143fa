namespace KollaNet.ImageService.Images.Inspection;

/// <summary>What a format's own code found at the start of a stream, and may go on finding as the rest passes.</summary>
/// <param name="format">Its <c>disk_format</c> name, or the name of a format that none allows.</param>
internal class FormatFinding(string format)
{
    public string Format { get; } = format;

    /// <summary>Bytes of the disk inside; null when the format does not say.</summary>
    public long? VirtualSizeBytes { get; init; }

    /// <summary>Why nobody should open it; null when it is safe as far as seen.</summary>
    public string? Danger { get; init; }

    /// <summary>Looks at a piece of the stream, from its very start.</summary>
    public virtual void Feed(long at, ReadOnlySpan<byte> piece)
    {
    }

    /// <summary>The stream has ended: what is known now.</summary>
    public virtual FormatFinding Finish() => this;
}

/// <summary>Recognises one format by the first bytes of a stream.</summary>
internal interface IDiskFormat
{
    /// <param name="head">As many bytes as <see cref="ContentInspector.HeadBytes"/>, or the whole stream when that is shorter.</param>
    /// <returns>Null: something else.</returns>
    FormatFinding? Recognise(ReadOnlySpan<byte> head);
}
