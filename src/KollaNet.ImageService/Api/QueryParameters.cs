using System.Globalization;
using System.Text;

namespace KollaNet.ImageService.Api;

/// <summary>A query string as pairs in the order they came, repeats included, and back again in Python's encoding.</summary>
public static class QueryParameters
{
    /// <summary>Pairs in order; a key without <c>=</c> has an empty value.</summary>
    public static List<KeyValuePair<string, string>> Parse(string query)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (string pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=');
            pairs.Add(equals < 0 ? new(Decode(pair), "") : new(Decode(pair[..equals]), Decode(pair[(equals + 1)..])));
        }

        return pairs;
    }

    /// <summary>The link to a list with these parameters; without a question mark when there are none.</summary>
    public static string Link(string path, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var link = new StringBuilder(path);
        char separator = '?';
        foreach ((string key, string value) in pairs)
        {
            link.Append(separator).Append(Encode(key)).Append('=').Append(Encode(value));
            separator = '&';
        }

        return link.ToString();
    }

    /// <summary>A whole number that is not negative; one too large for the type counts as the largest, as none is too large for Python.</summary>
    public static bool TryNumber(string text, out long number)
    {
        number = long.MaxValue;
        bool isNumber = text.Length > 0 && text.All(char.IsAsciiDigit);
        if (isNumber && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long fitting)) number = fitting;
        return isNumber;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
