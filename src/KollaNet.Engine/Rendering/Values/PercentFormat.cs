using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace KollaNet.Engine.Rendering.Values;

/// <summary>Python's <c>'%s:%d' % values</c>.</summary>
internal static partial class PercentFormat
{
    [GeneratedRegex(@"\G%(?:\((?<key>[^)]*)\))?(?<flags>[-+ #0]*)(?<width>[0-9]{0,4})(?:\.(?<precision>[0-9]{0,3}))?[hlL]?(?<kind>.)", RegexOptions.Singleline)]
    private static partial Regex Directive { get; }

    public static string Apply(string format, object? values, Budget budget)
    {
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length;)
        {
            if (format[i] != '%')
            {
                text.Append(format[i++]);
                continue;
            }
            Match directive = Directive.Match(format, i);
            if (!directive.Success) throw new ValueProblem("incomplete format");
            i += directive.Length;
            int before = text.Length;
            if (directive.Groups["kind"].Value == "%") text.Append('%');
            else text.Append(Write(directive, Argument(directive, values, ref next), budget));
            budget.Use(text.Length - before);
        }
        if (values is TupleValue tuple && next < tuple.Count) throw new ValueProblem("not all arguments converted during string formatting");
        if (values is not (TupleValue or IReadOnlyDictionary<string, object?> or IReadOnlyList<object?>) && next == 0)
            throw new ValueProblem("not all arguments converted during string formatting");
        return text.ToString();
    }

    private static object? Argument(Match directive, object? values, ref int next)
    {
        if (directive.Groups["key"].Success)
        {
            string key = directive.Groups["key"].Value;
            return Value.TryItem(Value.Mapping(values), key, out object? item) ? item : throw new ValueProblem($"the format names '{key}', which was not given");
        }
        int index = next++;
        if (values is TupleValue tuple) return index < tuple.Count ? tuple[index] : throw new ValueProblem("not enough arguments for format string");
        return index == 0 ? values : throw new ValueProblem("not enough arguments for format string");
    }

    private static string Write(Match directive, object? value, Budget budget)
    {
        string flags = directive.Groups["flags"].Value;
        int? precision = directive.Groups["precision"].Success
            ? directive.Groups["precision"].Length == 0 ? 0 : int.Parse(directive.Groups["precision"].Value, CultureInfo.InvariantCulture)
            : null;
        string kind = directive.Groups["kind"].Value;
        bool isText = kind is "s" or "r" or "a" or "c";
        string body = isText ? WriteText(kind, value, precision, budget) : WriteNumber(kind, value, precision, flags);
        int width = directive.Groups["width"].Length == 0 ? 0 : int.Parse(directive.Groups["width"].Value, CultureInfo.InvariantCulture);
        if (body.Length >= width) return body;
        if (flags.Contains('-', StringComparison.Ordinal)) return body.PadRight(width);
        if (isText || !flags.Contains('0', StringComparison.Ordinal)) return body.PadLeft(width);
        int sign = body[0] is '-' or '+' or ' ' ? 1 : 0;
        return body[..sign] + body[sign..].PadLeft(width - sign, '0');
    }

    private static string WriteText(string kind, object? value, int? precision, Budget budget)
    {
        string text = kind switch
        {
            "c" when value is long code and >= 0 and < 0xD800 => ((char)code).ToString(),
            "r" => PythonText.Repr(value, budget),
            _ => PythonText.Of(value, budget),
        };
        return precision is { } most && most < text.Length ? text[..most] : text;
    }

    private static string WriteNumber(string kind, object? value, int? precision, string flags)
    {
        if (!Value.TryDouble(Value.Use(value), out double number)) throw new ValueProblem($"%{kind} format: a number is required, not {Value.TypeName(value)}");
        string digits = kind switch
        {
            "d" or "i" or "u" => Whole(value, number).ToString("D" + (precision ?? 1), CultureInfo.InvariantCulture),
            "x" or "X" or "o" => InBase(kind, value, precision ?? 1, flags.Contains('#', StringComparison.Ordinal)),
            "f" or "F" => number.ToString("F" + (precision ?? 6), CultureInfo.InvariantCulture),
            "e" or "E" => FixExponent(number.ToString(kind + (precision ?? 6), CultureInfo.InvariantCulture)),
            "g" or "G" => General(number, Math.Max(precision ?? 6, 1), kind),
            _ => throw new ValueProblem($"unsupported format character '{kind}'"),
        };
        if (digits[0] == '-') return digits;
        return flags.Contains('+', StringComparison.Ordinal) ? "+" + digits : flags.Contains(' ', StringComparison.Ordinal) ? " " + digits : digits;
    }

    private static long Whole(object? value, double number)
    {
        if (Value.TryLong(value, out long whole)) return whole;
        return Math.Abs(number) < 9e18 ? (long)number : throw new ValueProblem("the number is too large");
    }

    private static string InBase(string kind, object? value, int digits, bool prefix)
    {
        if (!Value.TryLong(value, out long whole)) throw new ValueProblem($"%{kind} format: an integer is required, not {Value.TypeName(value)}");
        if (whole == long.MinValue) throw new ValueProblem("the number is too large");
        long size = Math.Abs(whole);
        string text = kind switch
        {
            "o" => Convert.ToString(size, 8),
            "x" => size.ToString("x", CultureInfo.InvariantCulture),
            _ => size.ToString("X", CultureInfo.InvariantCulture),
        };
        return (whole < 0 ? "-" : "") + (prefix ? "0" + kind : "") + text.PadLeft(digits, '0');
    }

    /// <summary>At least two exponent digits, where .NET writes three.</summary>
    private static string FixExponent(string text)
    {
        int mark = text.IndexOfAny(['e', 'E']);
        return mark < 0 ? text : text[..(mark + 2)] + text[(mark + 2)..].TrimStart('0').PadLeft(2, '0');
    }

    private static string General(double number, int digits, string kind)
    {
        if (number == 0 || !double.IsFinite(number)) return PythonText.Number(number).Replace(".0", "", StringComparison.Ordinal);
        string scientific = FixExponent(number.ToString((kind == "g" ? "e" : "E") + (digits - 1), CultureInfo.InvariantCulture));
        int mark = scientific.IndexOfAny(['e', 'E']);
        int exponent = int.Parse(scientific.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= digits) return TrimZeros(scientific[..mark]) + scientific[mark..];
        return TrimZeros(number.ToString("F" + Math.Max(digits - 1 - exponent, 0), CultureInfo.InvariantCulture));
    }

    private static string TrimZeros(string text) => text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
}
