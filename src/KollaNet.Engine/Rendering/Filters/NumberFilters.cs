using System.Globalization;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Conversions, <c>default</c> and arithmetic.</summary>
internal static class NumberFilters
{
    private static readonly string[] True = ["yes", "on", "1", "true"];

    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("default", Default, "default_value?", "boolean?"),
        Table.Filter("d", Default, "default_value?", "boolean?"),
        Table.Filter("mandatory", static call => call.Value, "msg?"),
        Table.Filter("bool", static call => ToBool(call.Value)),
        Table.Filter("ternary", Ternary, "true_val", "false_val", "none_val?"),
        Table.Filter("int", static call => ToInt(call), "default?", "base?"),
        Table.Filter("float", static call => ToFloat(call), "default?"),
        Table.Filter("abs", static call => Abs(call.Value)),
        Table.Filter("round", Round, "precision?", "method?"),
        Table.Filter("type_debug", static call => Value.TypeName(call.Value)),
    ];

    private static object? Default(FilterCall call) =>
        call.Input is Undefined || (call.BoolArgument(1) && !Value.IsTrue(call.Input)) ? (call.Has(0) ? call.RawArgument(0) : "") : call.Input;

    /// <summary>Ansible's, not Python's: only a few words are true.</summary>
    public static object? ToBool(object? value) => value switch
    {
        null or bool => value,
        string text => True.Contains(text.ToLowerInvariant()),
        _ => Value.TryDouble(value, out double number) && number == 1,
    };

    private static object? Ternary(FilterCall call)
    {
        object? value = call.Value;
        if (value is null && call.Has(2) && call.Argument(2) is { } none) return none;
        return call.RawArgument(Value.IsTrue(value) ? 0 : 1);
    }

    private static object? ToInt(FilterCall call)
    {
        object? value = call.Value, otherwise = call.Argument(0, 0L);
        long radix = call.LongArgument(1, 10);
        if (value is string text) return WholeOf(text, radix) ?? (FloatOf(text) is { } real ? Truncated(real) : null) ?? otherwise;
        if (Value.TryLong(value, out long whole)) return whole;
        return value is double number ? Truncated(number) ?? otherwise : otherwise;
    }

    private static long? Truncated(double number) => Math.Abs(number) < 9.2e18 ? (long)number : null;

    private static long? WholeOf(string text, long radix)
    {
        string digits = text.Trim().Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        bool isNegative = digits.StartsWith('-');
        if (isNegative || digits.StartsWith('+')) digits = digits[1..];
        string prefix = radix switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => "" };
        if (prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.Ordinal)) digits = digits[2..];
        if (digits.Length == 0 || radix is < 2 or > 36) return null;
        Int128 number = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : c is >= 'a' and <= 'z' ? c - 'a' + 10 : 99;
            if (digit >= radix) return null;
            number = (number * radix) + digit;
            if (number > long.MaxValue) throw new ValueProblem("the number is too large");
        }
        return (long)(isNegative ? -number : number);
    }

    private static double? FloatOf(string text)
    {
        string digits = text.Trim();
        if (double.TryParse(digits, NumberStyles.Float & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number)) return number;
        return digits.TrimStart('+', '-').ToLowerInvariant() switch
        {
            "inf" or "infinity" => digits[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
            "nan" => double.NaN,
            _ => null,
        };
    }

    private static object? ToFloat(FilterCall call) => call.Value switch
    {
        string text => FloatOf(text) ?? call.Argument(0, 0.0),
        var value => Value.TryDouble(value, out double number) ? number : call.Argument(0, 0.0),
    };

    private static object? Abs(object? value) => value switch
    {
        double number => (object)Math.Abs(number),
        _ when Value.TryLong(value, out long whole) => whole < 0 ? Arithmetic.Negate(whole) : whole,
        _ => throw FilterCall.Fail($"'abs' needs a number, not {Value.TypeName(value)}"),
    };

    private static object? Round(FilterCall call)
    {
        object? value = call.Value;
        if (!Value.TryDouble(value, out double number)) throw FilterCall.Fail($"'round' needs a number, not {Value.TypeName(value)}");
        long precision = call.LongArgument(0);
        string method = call.TextArgument(1, "common");
        if (precision is < -15 or > 15) return number;
        double scale = Math.Pow(10, precision);
        switch (method)
        {
            case "ceil": return Math.Ceiling(number * scale) / scale;
            case "floor": return Math.Floor(number * scale) / scale;
            case "common": break;
            default: throw FilterCall.Fail("the method of 'round' is common, ceil or floor");
        }
        if (precision >= 0 && Value.TryLong(value, out long whole)) return whole;
        double rounded = precision >= 0 && Math.Abs(number) < 1e12
            ? RoundExactly(number, (int)precision)
            : Math.Round(number * scale, MidpointRounding.ToEven) / scale;
        return value is double ? rounded : (long)rounded;
    }

    /// <summary>Rounds the number that is really stored (2.675 is a little less), as Python does, and not its shortest notation.</summary>
    private static double RoundExactly(double number, int precision)
    {
        const int MoreDigits = 60;
        string exact = Math.Abs(number).ToString("F" + (precision + MoreDigits), CultureInfo.InvariantCulture);
        string kept = exact[..^MoreDigits], rest = exact[^MoreDigits..];
        int order = string.CompareOrdinal(rest, "5".PadRight(MoreDigits, '0'));
        decimal rounded = decimal.Parse(kept, CultureInfo.InvariantCulture);
        bool isOdd = (kept.TrimEnd('.')[^1] - '0') % 2 == 1;
        if (order > 0 || (order == 0 && isOdd)) rounded += new decimal(1, 0, 0, false, (byte)precision);
        return Math.CopySign((double)rounded, number);
    }
}
