using System.Globalization;
using System.Text.RegularExpressions;

namespace KollaNet.Engine.Yaml;

/// <summary>What a plain (unquoted) scalar means. Source: YAML 1.1 as PyYAML, and so Ansible, reads it.</summary>
internal static partial class YamlScalars
{
    /// <summary>The value of an unquoted text.</summary>
    /// <remarks>Base-60 numbers and dates stay texts: <c>22:22</c> is a port mapping far more often than 1342.</remarks>
    public static object? Resolve(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON" => true,
        "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF" => false,
        _ => Number(text) ?? text,
    };

    private static object? Number(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+' or '.')) return null;
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (Decimal().IsMatch(text)) return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole : null;
        if (OtherBase().Match(digits) is { Success: true } match) return OtherBaseNumber(match);
        return Fraction().IsMatch(text) && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double fraction) ? fraction : null;
    }

    private static long? OtherBaseNumber(Match match)
    {
        (int radix, string digits) = match.Groups["hex"].Success ? (16, match.Groups["hex"].Value)
            : match.Groups["bin"].Success ? (2, match.Groups["bin"].Value) : (8, match.Groups["oct"].Value);
        try
        {
            long value = Convert.ToInt64(digits, radix);
            return match.Value[0] == '-' ? -value : value;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9_]*)$")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^[-+]?(0x(?<hex>[0-9a-fA-F]+)|0b(?<bin>[01]+)|0(?<oct>[0-7]+))$")]
    private static partial Regex OtherBase();

    [GeneratedRegex(@"^[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?$")]
    private static partial Regex Fraction();
}
