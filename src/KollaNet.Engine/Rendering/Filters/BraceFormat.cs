using System.Globalization;
using System.Text;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Python's <c>'{} {0} {name}'.format(…)</c>, with a width and an alignment as the only format.</summary>
internal static class BraceFormat
{
    public static string Apply(string format, CallArguments call)
    {
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            if (c is '{' or '}' && i + 1 < format.Length && format[i + 1] == c)
            {
                text.Append(format[i++]);
            }
            else if (c == '{')
            {
                int end = format.IndexOf('}', i);
                if (end < 0) throw new ValueProblem("expected '}' before end of string");
                string field = Field(format[(i + 1)..end], call, ref next);
                call.Budget.UseFor(field.Length);
                text.Append(field);
                i = end;
            }
            else if (c == '}')
            {
                throw new ValueProblem("single '}' encountered in format string");
            }
            else
            {
                text.Append(c);
            }
        }
        return text.ToString();
    }

    private static string Field(string field, CallArguments call, ref int next)
    {
        string[] parts = field.Split(':', 2);
        string name = parts[0];
        object? value;
        if (name.Length == 0 || name.All(char.IsAsciiDigit))
        {
            int index = name.Length == 0 ? next++ : int.TryParse(name, CultureInfo.InvariantCulture, out int given) ? given : int.MaxValue;
            value = index < call.Positional.Count ? call.Positional[index] : throw new ValueProblem("the format asks for more values than were given");
        }
        else if (!call.Named.TryGetValue(name, out value))
        {
            throw new ValueProblem($"the format names '{name}', which was not given");
        }
        return Padded(value, parts.Length > 1 ? parts[1] : "", call.Budget);
    }

    private static string Padded(object? value, string layout, Budget budget)
    {
        string text = PythonText.Of(value, budget);
        if (layout.Length == 0) return text;
        bool isNumber = value is long or double;
        char side = layout[0] is '<' or '>' ? layout[0] : isNumber ? '>' : '<';
        string width = layout.TrimStart('<', '>').TrimEnd('s', 'd');
        char fill = width.StartsWith('0') && isNumber ? '0' : ' ';
        if (width.Length > 4 || !width.All(char.IsAsciiDigit)) throw new ValueProblem($"the format '{layout}' is not supported");
        int size = width.Length == 0 ? 0 : int.Parse(width, CultureInfo.InvariantCulture);
        return side == '<' ? text.PadRight(size) : text.PadLeft(size, fill);
    }
}
