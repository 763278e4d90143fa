using System.Globalization;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Api;

/// <summary>Times in requests, in any form of ISO 8601 that Glance takes: from a year to a fraction of a second, with or without separators. Source: the Python package iso8601, <c>parse_date</c>.</summary>
public static partial class IsoTime
{
    /// <param name="utc">What is not written is the first of its kind: 1 January, midnight. Without an offset the time is UTC.</param>
    /// <returns>False: no such form, or no such time.</returns>
    public static bool TryParse(string text, out DateTime utc)
    {
        utc = default;
        Match match = Form().Match(text);
        if (!match.Success) return false;
        int Part(string name, int missing) => match.Groups[name].Success ? int.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture) : missing;
        int year = Part("year", 0), month = Part("month", 1), day = Part("day", 1), hour = Part("hour", 0), minute = Part("minute", 0), second = Part("second", 0);
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        var offset = new TimeSpan(Part("offsetHours", 0), Part("offsetMinutes", 0), 0);
        if (offset.Days > 0) return false;
        long ticks = new DateTime(year, month, day, hour, minute, second).Ticks + Fraction(match.Groups["fraction"].ValueSpan) - (match.Groups["sign"].ValueSpan is "-" ? -offset.Ticks : offset.Ticks);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks) return false;
        utc = new DateTime(ticks, DateTimeKind.Utc);
        return true;
    }

    /// <summary>Digits after the point as ticks; what is finer is cut off.</summary>
    private static long Fraction(ReadOnlySpan<char> digits)
    {
        long ticks = 0;
        for (int i = 0; i < 7; i++) ticks = (ticks * 10) + (i < digits.Length ? digits[i] - '0' : 0);
        return ticks;
    }

    // A "+" that a client did not encode arrives as a space, which may also stand between date and time.
    [GeneratedRegex("""
        ^(?<year>[0-9]{4})
        ( -(?<month>[0-9]{1,2})
        | ( -(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2}) | (?<month>[0-9]{2})(?<day>[0-9]{2}) )
          ( [\x20Tt](?<hour>[0-9]{2})
            ( :?(?<minute>[0-9]{2}) ( :?(?<second>[0-9]{1,2}) ([.,](?<fraction>[0-9]+))? )? )?
            ( [Zz] | (?<sign>[-+\x20])(?<offsetHours>[0-9]{2}) :?(?<offsetMinutes>[0-9]{2})? )?
          )?
        )?\z
        """, RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
