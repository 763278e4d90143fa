using System.Globalization;
using System.Text;

namespace KollaNet.Engine.Rendering.Values;

/// <summary>Values as Python's <c>str()</c> and <c>repr()</c> write them.</summary>
internal static class PythonText
{
    private const int DeepestNesting = 200;

    public static string Of(object? value, Budget budget) => value is string text ? text : Repr(value, budget);

    public static string Repr(object? value, Budget budget)
    {
        var text = new StringBuilder();
        Write(value, text, budget, 0);
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text, Budget budget, int depth)
    {
        if (depth > DeepestNesting) throw new ValueProblem("the value nests too deeply");
        budget.Use();
        switch (Value.Use(value))
        {
            case null: text.Append("None"); break;
            case bool b: text.Append(b ? "True" : "False"); break;
            case long n: text.Append(n); break;
            case double d: text.Append(Number(d)); break;
            case string s: budget.UseFor(s.Length); Quote(s, text); break;
            case TupleValue tuple: WriteItems(tuple, text, "(", tuple.Count == 1 ? ",)" : ")", budget, depth); break;
            case IReadOnlyList<object?> list: WriteItems(list, text, "[", "]", budget, depth); break;
            case IReadOnlyDictionary<string, object?> map: WriteMap(map, text, budget, depth); break;
            case NamespaceValue space:
                text.Append("<Namespace ");
                WriteMap(space.Members, text, budget, depth);
                text.Append('>');
                break;
            case Callable function: throw new ValueProblem($"'{function.Name}' is a function; call it as {function.Name}(…)");
            default: throw new ValueProblem($"a value of type {Value.TypeName(value)} cannot be printed");
        }
    }

    private static void WriteItems(IReadOnlyList<object?> items, StringBuilder text, string before, string after, Budget budget, int depth)
    {
        text.Append(before);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0) text.Append(", ");
            Write(items[i], text, budget, depth + 1);
        }
        text.Append(after);
    }

    private static void WriteMap(IReadOnlyDictionary<string, object?> map, StringBuilder text, Budget budget, int depth)
    {
        text.Append('{');
        bool first = true;
        foreach ((string key, object? value) in map)
        {
            if (!first) text.Append(", ");
            first = false;
            Write(key, text, budget, depth + 1);
            text.Append(": ");
            Write(value, text, budget, depth + 1);
        }
        text.Append('}');
    }

    /// <summary>The shortest digits that read back as the same number; exponent form below 1e-4 and from 1e16.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        string shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (int digits = 0; digits < 17; digits++)
        {
            string candidate = value.ToString("E" + digits, CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) != value) continue;
            shortest = candidate;
            break;
        }
        string sign = shortest[0] == '-' ? "-" : "";
        int mark = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = shortest[sign.Length..mark].Replace(".", "", StringComparison.Ordinal);
        int exponent = int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return sign + Place(mantissa, exponent);
    }

    private static string Place(string digits, int exponent)
    {
        if (exponent is < -4 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0) return "0." + new string('0', -exponent - 1) + digits;
        return digits.Length <= exponent + 1
            ? digits.PadRight(exponent + 1, '0') + ".0"
            : digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    private static void Quote(string value, StringBuilder text)
    {
        char quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        foreach (Rune rune in value.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '\\': text.Append("\\\\"); break;
                case int c when c == quote: text.Append('\\').Append(quote); break;
                case int c when c < 0x20 || c is >= 0x7f and < 0xa1 or 0xad: text.Append(CultureInfo.InvariantCulture, $"\\x{c:x2}"); break;
                default: text.Append(rune.ToString()); break;
            }
        }
        text.Append(quote);
    }
}
