using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace KollaNet.ImageService.Api;

/// <summary>Writes JSON with the spacing of Python's <c>json.dumps</c> (<c>", "</c> and <c>": "</c>), which clients compare and logs show, into a pooled
/// buffer. Property names come ready-made from <see cref="JsonName"/>, so that nothing is escaped twice.</summary>
/// <param name="asciiOnly">Write every character above 126 as <c>\uXXXX</c>; images and members are sent as UTF-8, everything else as ASCII.</param>
public sealed class PythonJsonWriter(bool asciiOnly = false) : IDisposable
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x60).Select(code => (char)code).Where(c => c is not ('"' or '\\'))]);

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(2048);
    private int length;
    private bool separate;

    /// <summary>What was written so far; valid until the next write or <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, length);

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        byte[] returned = buffer;
        buffer = [];
        if (returned.Length > 0) ArrayPool<byte>.Shared.Return(returned);
    }

    /// <summary><c>{</c></summary>
    public void BeginObject() => Open((byte)'{');

    /// <summary><c>}</c></summary>
    public void EndObject() => Close((byte)'}');

    /// <summary><c>[</c></summary>
    public void BeginArray() => Open((byte)'[');

    /// <summary><c>]</c></summary>
    public void EndArray() => Close((byte)']');

    /// <summary>A property name; its value must follow.</summary>
    public void Name(JsonName name)
    {
        Separate();
        Append(name.Encoded);
        separate = false;
    }

    /// <summary>A property name that is only known now.</summary>
    public void Name(string name)
    {
        Separate();
        Quoted(name);
        Append(": "u8);
        separate = false;
    }

    /// <summary>A string, or <c>null</c>.</summary>
    public void Text(string? value)
    {
        Separate();
        if (value is null) Append("null"u8);
        else Quoted(value);
    }

    /// <summary>A number, or <c>null</c>.</summary>
    public void Number(long? value)
    {
        Separate();
        if (value is not { } number)
        {
            Append("null"u8);
            return;
        }

        Reserve(20);
        Utf8Formatter.TryFormat(number, buffer.AsSpan(length), out int written);
        length += written;
    }

    /// <summary>A number with a fraction, as Python writes it: <c>1795513800.0</c>.</summary>
    public void Real(double value)
    {
        Separate();
        string text = value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        Append(System.Text.Encoding.ASCII.GetBytes(text.Contains('.') || text.Contains('E') ? text : text + ".0"));
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public void Bool(bool value)
    {
        Separate();
        Append(value ? "true"u8 : "false"u8);
    }

    /// <summary><c>null</c>.</summary>
    public void Null()
    {
        Separate();
        Append("null"u8);
    }

    /// <summary>A UTC time to the second, <c>"2026-11-22T09:50:02Z"</c>.</summary>
    public void Time(DateTime value)
    {
        Separate();
        Reserve(22);
        Span<byte> target = buffer.AsSpan(length, 22);
        target[0] = target[21] = (byte)'"';
        Digits(target, 1, value.Year, 4);
        target[5] = target[8] = (byte)'-';
        Digits(target, 6, value.Month, 2);
        Digits(target, 9, value.Day, 2);
        target[11] = (byte)'T';
        Digits(target, 12, value.Hour, 2);
        target[14] = target[17] = (byte)':';
        Digits(target, 15, value.Minute, 2);
        Digits(target, 18, value.Second, 2);
        target[20] = (byte)'Z';
        length += 22;
    }

    /// <summary>A string made of a fixed beginning, an id and a fixed end, none of which needs escaping.</summary>
    public void Path(ReadOnlySpan<byte> before, string id, ReadOnlySpan<byte> after)
    {
        Separate();
        Append("\""u8);
        Append(before);
        Utf8(id);
        Append(after);
        Append("\""u8);
    }

    /// <summary>A value read elsewhere, in its own order.</summary>
    public void Element(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                BeginObject();
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    Name(property.Name);
                    Element(property.Value);
                }

                EndObject();
                break;
            case JsonValueKind.Array:
                BeginArray();
                foreach (JsonElement item in value.EnumerateArray()) Element(item);
                EndArray();
                break;
            case JsonValueKind.String:
                Text(value.GetString());
                break;
            default:
                Separate();
                Append(Encoding.UTF8.GetBytes(value.GetRawText()));
                break;
        }
    }

    private static void Digits(Span<byte> target, int at, int value, int count)
    {
        for (int i = at + count - 1; i >= at; i--, value /= 10) target[i] = (byte)('0' + (value % 10));
    }

    private void Open(byte bracket)
    {
        Separate();
        Reserve(1);
        buffer[length++] = bracket;
        separate = false;
    }

    private void Close(byte bracket)
    {
        Reserve(1);
        buffer[length++] = bracket;
        separate = true;
    }

    private void Separate()
    {
        if (separate) Append(", "u8);
        separate = true;
    }

    private void Quoted(string value)
    {
        Append("\""u8);
        ReadOnlySpan<char> rest = value;
        while (rest.Length > 0)
        {
            int special = rest.IndexOfAnyExcept(Plain);
            Utf8(special < 0 ? rest : rest[..special]);
            if (special < 0) break;
            rest = rest[(special + Special(rest[special..]))..];
        }

        Append("\""u8);
    }

    /// <returns>How many characters were dealt with.</returns>
    private int Special(ReadOnlySpan<char> rest)
    {
        char c = rest[0];
        ReadOnlySpan<byte> known = c switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\n' => "\\n"u8,
            '\r' => "\\r"u8,
            '\t' => "\\t"u8,
            '\b' => "\\b"u8,
            '\f' => "\\f"u8,
            _ => [],
        };
        if (known.Length > 0)
        {
            Append(known);
            return 1;
        }

        bool lone = char.IsSurrogate(c) && !(rest.Length > 1 && char.IsSurrogatePair(c, rest[1]));
        if (c < 0x20 || asciiOnly || lone)
        {
            Escape(c);
            return 1;
        }

        int count = char.IsSurrogate(c) ? 2 : 1;
        Utf8(rest[..count]);
        return count;
    }

    private void Escape(char c)
    {
        Reserve(6);
        ReadOnlySpan<byte> hex = "0123456789abcdef"u8;
        Span<byte> target = buffer.AsSpan(length, 6);
        target[0] = (byte)'\\';
        target[1] = (byte)'u';
        for (int i = 0; i < 4; i++) target[2 + i] = hex[(c >> (12 - (4 * i))) & 15];
        length += 6;
    }

    private void Utf8(ReadOnlySpan<char> text)
    {
        Reserve(text.Length * 3);
        length += Encoding.UTF8.GetBytes(text, buffer.AsSpan(length));
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

    private void Reserve(int count)
    {
        if (buffer.Length - length >= count) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, length + count));
        Written.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}

/// <summary>A property name with its quotes and colon, encoded once.</summary>
public sealed class JsonName(string name)
{
    private readonly byte[] encoded = Encoding.UTF8.GetBytes($"\"{name}\": ");

    /// <summary><c>"name": </c></summary>
    public ReadOnlySpan<byte> Encoded => encoded;
}
