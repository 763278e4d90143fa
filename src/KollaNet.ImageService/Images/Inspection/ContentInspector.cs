using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>Watches an image's bytes pass and says what they are: refuses what is dangerous or not what the image claims to be, and finds the size of the
/// disk inside. Keeps a few pieces of the stream, never the stream. Source: image-api reference, inspection.</summary>
internal sealed class ContentInspector
{
    /// <summary>Enough for every format's first look; the last to show itself is ISO, in the sector at 32 KiB.</summary>
    public const int HeadBytes = 34 * 1024;

    private static readonly ImmutableArray<string> WithoutFormat = ["raw", "ami", "ari", "aki", "ploop"];

    private readonly string claimed;
    private readonly ImageFormatOptions options;
    private readonly StreamRegion? head;
    private readonly ImmutableArray<IDiskFormat> formats;
    private ImmutableArray<FormatFinding> findings;
    private long position;

    /// <param name="containerFormat">Only what is <c>bare</c> is looked at: anything else wraps the disk.</param>
    public ContentInspector(string? diskFormat, string? containerFormat, ImageFormatOptions options)
    {
        this.options = options;
        claimed = diskFormat ?? "raw";
        head = containerFormat == "bare" ? new StreamRegion(0, HeadBytes) : null;
        formats =
        [
            new Qcow2Format(), new QedFormat(), new LuksFormat(), new VdiFormat(), new VhdFormat(), new VhdxFormat(), new VmdkFormat(options.VmdkAllowedTypes), new IsoFormat(),
            // Kernels of the ami family carry the same signature.
            new PartitionTableFormat { ForgiveEntries = claimed is "ami" or "ari" or "aki" || options.GptSafetyChecksNonfatal.Contains(PartitionTableFormat.EntriesCheck) },
        ];
    }

    /// <summary>After <see cref="Finish"/>: bytes of the disk inside; null when the format does not say.</summary>
    public long? VirtualSizeBytes { get; private set; }

    /// <summary>After <see cref="Finish"/>: what the content is, by the name images say it with; <c>raw</c> for all that no <c>disk_format</c> names.</summary>
    public string DiskFormat => findings.IsDefaultOrEmpty ? "raw" : findings.Select(finding => finding.Format).FirstOrDefault(format => format is not ("gpt" or "luks"), "raw");

    /// <exception cref="ImageContentRefusedException">Enough was seen to refuse it.</exception>
    public void Feed(ReadOnlySpan<byte> piece)
    {
        if (head is null) return;
        bool news = !head.IsComplete;
        head.Feed(position, piece);
        if (news && head.IsComplete) Recognise();
        if (!findings.IsDefault)
            foreach (FormatFinding finding in findings) finding.Feed(position, piece);
        position += piece.Length;
    }

    /// <summary>The stream has ended.</summary>
    /// <exception cref="ImageContentRefusedException">It is dangerous, or not what the image says it is.</exception>
    public void Finish()
    {
        if (head is null || position == 0) return;   // Nova activates snapshots without data by an empty upload, whatever their format.
        if (findings.IsDefault) Recognise();
        ImmutableArray<FormatFinding> all = [.. findings.Select(finding => finding.Finish())];
        Refuse(all);
        VirtualSizeBytes = claimed switch
        {
            "raw" => position,
            "ami" or "ari" or "aki" or "ploop" => null,
            _ => all.FirstOrDefault(finding => finding.Format == claimed) is { VirtualSizeBytes: not < 0 } found ? found.VirtualSizeBytes ?? position : null,
        };
    }

    private void Recognise()
    {
        var found = new List<FormatFinding>();
        foreach (IDiskFormat format in formats)
            if (format.Recognise(head!.Bytes) is { } finding) found.Add(finding);
        findings = [.. found];
        foreach (FormatFinding finding in findings) finding.Feed(0, head!.Bytes);
        Refuse(findings);
    }

    private void Refuse(ImmutableArray<FormatFinding> found)
    {
        if (!options.RequireMatch) return;

        // Discs that also boot from a stick carry a partition table, often an odd one.
        if (found.Any(finding => finding.Format == "iso")) found = found.RemoveAll(finding => finding.Format == "gpt");
        if (found.FirstOrDefault(finding => finding.Danger is not null) is { } danger) throw new ImageContentRefusedException($"this {danger.Format} cannot be accepted: {danger.Danger}.");

        if (found.FirstOrDefault(finding => finding.VirtualSizeBytes < 0) is { } impossible) throw new ImageContentRefusedException($"this {impossible.Format} cannot be accepted: its size is impossible.");

        ImmutableArray<string> names = [.. found.Select(finding => finding.Format)];
        if (names.Length > 1) throw new ImageContentRefusedException($"it is several formats at once: {string.Join(", ", names)}.");
        string detected = names.FirstOrDefault("raw");
        if (detected != claimed && !Passes(detected)) throw new ImageContentRefusedException($"disk_format is {claimed}, the content is {detected}.");
    }

    private bool Passes(string detected) => claimed switch
    {
        "raw" => true,   // A raw disk may hold anything readable.
        "ami" or "ari" or "aki" => detected is "raw" or "gpt",
        _ => detected == "raw" && WithoutFormat.Contains(claimed),
    };
}
