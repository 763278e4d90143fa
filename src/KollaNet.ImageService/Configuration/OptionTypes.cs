using System.Collections.Immutable;
using System.Globalization;

namespace KollaNet.ImageService.Configuration;

/// <summary>The kinds of options there are, each with oslo.config's way of writing its values.</summary>
internal static class OptionTypes
{
    public static Option<string> Text(string section, string name, string fallback, string help) =>
        new(section, name, "text", fallback, help, fallback, text => text);

    public static Option<string?> OptionalText(string section, string name, string help) =>
        new(section, name, "text", null, help, null, text => text);

    public static Option<string> OneOf(string section, string name, string fallback, string[] choices, string help) =>
        new(section, name, $"one of {string.Join(", ", choices)}", fallback, help, fallback, text => ParseChoice(text, choices));

    public static Option<bool> Flag(string section, string name, bool fallback, string help) =>
        new(section, name, "true or false", fallback ? "true" : "false", help, fallback, ParseFlag);

    public static Option<int> Whole(string section, string name, int fallback, string help, int min = int.MinValue, int max = int.MaxValue) =>
        new(section, name, Range(min, max, int.MinValue, int.MaxValue), fallback.ToString(CultureInfo.InvariantCulture), help, fallback, text => (int)ParseWhole(text, min, max));

    public static Option<int?> OptionalWhole(string section, string name, string help, int min = int.MinValue, int max = int.MaxValue) =>
        new(section, name, Range(min, max, int.MinValue, int.MaxValue), null, help, null, text => (int)ParseWhole(text, min, max));

    public static Option<long> Long(string section, string name, long fallback, string help, long min = long.MinValue, long max = long.MaxValue) =>
        new(section, name, Range(min, max, long.MinValue, long.MaxValue), fallback.ToString(CultureInfo.InvariantCulture), help, fallback, text => ParseWhole(text, min, max));

    public static Option<double> Number(string section, string name, double fallback, string help) =>
        new(section, name, "number", fallback.ToString(CultureInfo.InvariantCulture), help, fallback, ParseNumber);

    public static Option<ImmutableArray<string>> List(string section, string name, string fallback, string help) =>
        new(section, name, "comma-separated list", fallback, help, ParseList(fallback), ParseList);

    public static Option<ImmutableArray<KeyValuePair<string, string>>> Pairs(string section, string name, string help) =>
        new(section, name, "comma-separated key:value pairs", null, help, [], ParsePairs);

    public static Option<long> StorageQuota(string section, string name, string help) =>
        new(section, name, "number with B, KB, MB, GB or TB", "0", help, 0, ParseQuota);

    /// <summary>Known, so that it raises no warning; does nothing here.</summary>
    public static OptionDefinition Unused(string section, string name) =>
        new Option<string?>(section, name, "text", null, "Accepted for Glance's sake; has no effect.", null, text => text) { IsUsed = false };

    private static string Range(long min, long max, long lowest, long highest) => (min == lowest, max == highest) switch
    {
        (true, true) => "whole number",
        (false, true) => $"whole number from {min}",
        (true, false) => $"whole number up to {max}",
        _ => $"whole number {min}..{max}",
    };

    private static long ParseWhole(string text, long min, long max)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long value))
            throw new FormatException("is not a whole number");
        if (value < min) throw new FormatException($"is below the least allowed, {min}");
        return value <= max ? value : throw new FormatException($"is above the most allowed, {max}");
    }

    private static double ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw new FormatException("is not a number");

    /// <summary>Source: oslo.config Boolean: true, 1, on, yes, false, 0, off, no in any case.</summary>
    private static bool ParseFlag(string text) => text.Trim().ToLowerInvariant() switch
    {
        "true" or "1" or "on" or "yes" => true,
        "false" or "0" or "off" or "no" => false,
        _ => throw new FormatException("is not true or false"),
    };

    private static string ParseChoice(string text, string[] choices) =>
        choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? throw new FormatException($"is not one of {string.Join(", ", choices)}");

    private static ImmutableArray<string> ParseList(string text)
    {
        text = text.Trim();
        if (text.StartsWith('[') && text.EndsWith(']')) text = text[1..^1];
        return [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Unquote)];
    }

    private static string Unquote(string text) =>
        text.Length > 1 && text[0] is '"' or '\'' && text[^1] == text[0] ? text[1..^1] : text;

    private static ImmutableArray<KeyValuePair<string, string>> ParsePairs(string text)
    {
        text = text.Trim();
        if (text.StartsWith('{') && text.EndsWith('}')) text = text[1..^1];
        ImmutableArray<KeyValuePair<string, string>> pairs = [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ParsePair)];
        string? twice = pairs.GroupBy(pair => pair.Key).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? pairs : throw new FormatException($"names '{twice}' twice");
    }

    private static KeyValuePair<string, string> ParsePair(string text)
    {
        int colon = text.IndexOf(':');
        if (colon <= 0 || colon == text.Length - 1) throw new FormatException($"has '{text}' where key:value is needed");

        // Glance's guide quotes names and values, and reading the file takes the first and the last quote of the line for its own.
        return new(text[..colon].Trim(' ', '\t', '"'), text[(colon + 1)..].Trim(' ', '\t', '"'));
    }

    /// <summary>Source: image-api reference, limits: a number followed by nothing, B, KB, MB, GB or TB, counted in 1024s.</summary>
    private static long ParseQuota(string text)
    {
        string digits = text.Trim().TrimEnd('B', 'K', 'M', 'G', 'T');
        string unit = text.Trim()[digits.Length..];
        int power = Array.IndexOf(["", "KB", "MB", "GB", "TB"], unit == "B" ? "" : unit);
        if (power < 0 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw new FormatException("is not a number followed by B, KB, MB, GB or TB");
        return checked(number * (long)Math.Pow(1024, power));
    }
}
