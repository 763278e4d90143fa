using System.Globalization;
using System.Text;
using System.Text.Json;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>JSON as Python's <c>json</c> module writes it.</summary>
internal static class JsonFilters
{
    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("to_json", static call => Write(call, null), "indent?", "sort_keys?", "ensure_ascii?"),
        Table.Filter("tojson", static call => Write(call, null), "indent?"),
        Table.Filter("to_nice_json", static call => Write(call, 4), "indent?", "sort_keys?", "ensure_ascii?"),
        Table.Filter("from_json", static call => Read(call.Text)),
    ];

    private static string Write(FilterCall call, int? indent)
    {
        if (call.Argument(0) is not null) indent = (int)Math.Clamp(call.LongArgument(0), 0, 32);
        var writer = new PythonJson(call.Budget, indent, sorted: indent is not null, ascii: true);
        writer.Write(call.Value, 0);
        return writer.ToString();
    }

    private static object? Read(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return From(document.RootElement);
        }
        catch (JsonException e)
        {
            throw FilterCall.Fail($"this is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}");
        }
    }

    private static object? From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.Array => element.EnumerateArray().Select(From).ToArray(),
        JsonValueKind.Object => FromObject(element),
        _ => null,
    };

    private static OrderedDictionary<string, object?> FromObject(JsonElement element)
    {
        var map = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty member in element.EnumerateObject()) map[member.Name] = From(member.Value);
        return map;
    }
}

/// <param name="indent">Null for one line.</param>
internal sealed class PythonJson(Budget budget, int? indent, bool sorted, bool ascii)
{
    private readonly StringBuilder text = new();

    public override string ToString() => text.ToString();

    public void Write(object? value, int depth)
    {
        if (depth > 200) throw new ValueProblem("the value nests too deeply");
        budget.Use();
        switch (Value.Use(value))
        {
            case null: text.Append("null"); break;
            case bool b: text.Append(b ? "true" : "false"); break;
            case long n: text.Append(n); break;
            case double d: text.Append(double.IsNaN(d) ? "NaN" : double.IsInfinity(d) ? d > 0 ? "Infinity" : "-Infinity" : PythonText.Number(d)); break;
            case string s: WriteString(s); break;
            case IReadOnlyList<object?> list:
                WriteAll('[', ']', list, depth, item => Write(item, depth + 1));
                break;
            case IReadOnlyDictionary<string, object?> map:
                IEnumerable<KeyValuePair<string, object?>> members = sorted ? map.OrderBy(pair => pair.Key, StringComparer.Ordinal) : map;
                WriteAll('{', '}', [.. members], depth, member =>
                {
                    WriteString(member.Key);
                    text.Append(": ");
                    Write(member.Value, depth + 1);
                });
                break;
            default: throw new ValueProblem($"an object of type {Value.TypeName(value)} is not JSON serializable");
        }
    }

    private void WriteAll<T>(char before, char after, IReadOnlyList<T> items, int depth, Action<T> write)
    {
        text.Append(before);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0) text.Append(indent is null ? ", " : ",");
            NewLine(depth + 1);
            write(items[i]);
        }
        if (items.Count > 0) NewLine(depth);
        text.Append(after);
    }

    private void NewLine(int depth)
    {
        if (indent is not { } width) return;
        budget.Use(width * depth);
        text.Append('\n').Append(' ', width * depth);
    }

    private void WriteString(string value)
    {
        budget.UseFor(value.Length);
        text.Append('"');
        foreach (char c in value)
        {
            string? escape = c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                _ => c < 0x20 || (ascii && c > 0x7e) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : null,
            };
            if (escape is null) text.Append(c);
            else text.Append(escape);
        }
        text.Append('"');
    }
}
