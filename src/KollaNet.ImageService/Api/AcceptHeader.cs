using System.Globalization;

namespace KollaNet.ImageService.Api;

/// <summary>Picks the media type of an error body from a request's <c>Accept</c>.</summary>
public static class AcceptHeader
{
    /// <summary>Offered in this order; the first wins a draw.</summary>
    private static readonly string[] Offers = ["text/html", "application/json"];

    /// <returns>Null when neither is acceptable, nothing was sent, or it cannot be read: then plain text is sent.</returns>
    public static string? Choose(string? accept)
    {
        if (string.IsNullOrWhiteSpace(accept)) return null;
        string? best = null;
        double bestQuality = 0;
        foreach (string offer in Offers)
        {
            double quality = QualityOf(offer, accept);
            if (quality <= bestQuality) continue;
            best = offer;
            bestQuality = quality;
        }

        return best;
    }

    private static double QualityOf(string offer, string accept)
    {
        double quality = 0;
        int specificity = -1;
        foreach (string range in accept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = range.Split(';', StringSplitOptions.TrimEntries);
            int matched = Match(parts[0], offer);
            if (matched <= specificity) continue;
            specificity = matched;
            quality = Quality(parts);
        }

        return quality;
    }

    /// <returns>2 exact, 1 <c>type/*</c>, 0 <c>*/*</c>, -1 no match.</returns>
    private static int Match(string range, string offer)
    {
        if (range.Equals(offer, StringComparison.OrdinalIgnoreCase)) return 2;
        if (range.EndsWith("/*", StringComparison.Ordinal) && offer.StartsWith(range[..^1], StringComparison.OrdinalIgnoreCase)) return 1;
        return range == "*/*" ? 0 : -1;
    }

    private static double Quality(string[] parts)
    {
        foreach (string part in parts.Skip(1))
        {
            if (part.StartsWith("q=", StringComparison.OrdinalIgnoreCase) && double.TryParse(part.AsSpan(2), CultureInfo.InvariantCulture, out double quality))
                return quality;
        }

        return 1;
    }
}
