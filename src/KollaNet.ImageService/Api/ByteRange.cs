using System.Globalization;

namespace KollaNet.ImageService.Api;

/// <summary>The part of an image's data that a request asks for. Source: image-api reference 2.9.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">At least 1.</param>
public readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>Reads <c>Range</c>, or the <c>Content-Range</c> that old clients send instead.</summary>
    /// <returns>Null: everything.</returns>
    /// <exception cref="ApiException">416, or 400 for several ranges.</exception>
    public static ByteRange? Read(string? range, string? contentRange, long sizeBytes)
    {
        if (!string.IsNullOrEmpty(range)) return ReadRange(range.Trim(), sizeBytes);
        return string.IsNullOrEmpty(contentRange) ? null : ReadContentRange(contentRange.Trim(), sizeBytes);
    }

    private static ByteRange ReadRange(string range, long sizeBytes)
    {
        if (!range.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase)) throw Unsatisfiable();
        string spec = range[6..];
        if (spec.Contains(',')) throw ApiException.Malformed("Requests with multiple ranges are not supported in Glance. Please make multiple single-range requests instead.");
        int dash = spec.IndexOf('-');
        if (dash < 0) throw Unsatisfiable();
        if (dash == 0)
        {
            long suffix = Number(spec[1..]);
            return suffix > 0 && sizeBytes > 0 ? new ByteRange(Math.Max(0, sizeBytes - suffix), Math.Min(suffix, sizeBytes)) : throw Unsatisfiable();
        }

        long start = Number(spec[..dash]);
        long end = dash == spec.Length - 1 ? sizeBytes - 1 : Number(spec[(dash + 1)..]);
        return Clamp(start, end, sizeBytes);
    }

    private static ByteRange ReadContentRange(string header, long sizeBytes)
    {
        string[] parts = header.StartsWith("bytes ", StringComparison.OrdinalIgnoreCase) ? header[6..].Split('/') : [];
        string[] ends = parts.Length == 2 ? parts[0].Split('-') : [];
        if (ends.Length != 2 || (parts[1] != "*" && Number(parts[1]) != sizeBytes)) throw Unsatisfiable();
        return Clamp(Number(ends[0]), Number(ends[1]), sizeBytes);
    }

    private static ByteRange Clamp(long start, long end, long sizeBytes)
    {
        if (start >= sizeBytes || end < start) throw Unsatisfiable();
        return new ByteRange(start, Math.Min(end, sizeBytes - 1) - start + 1);
    }

    private static long Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw Unsatisfiable();

    private static ApiException Unsatisfiable() => new(StatusCodes.Status416RangeNotSatisfiable);
}
