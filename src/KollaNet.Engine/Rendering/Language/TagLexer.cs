using System.Globalization;
using System.Text;

namespace KollaNet.Engine.Rendering.Language;

/// <summary>Reads the tokens of one <c>{{ }}</c> or <c>{% %}</c>.</summary>
internal sealed class TagLexer(TemplateText template, string text, List<Token> tokens, LexerOptions options)
{
    private static readonly string[] LongOperators = ["**", "//", "==", "!=", ">=", "<="];
    private readonly Stack<char> open = new();

    /// <param name="tag">Offset of the opening mark.</param>
    /// <param name="i">Offset of what follows the mark and its sign.</param>
    /// <returns>Offset behind the tag and behind the whitespace that it swallows.</returns>
    public int Read(int tag, int i, bool isBlock)
    {
        tokens.Add(new Token(isBlock ? TokenKind.BlockBegin : TokenKind.OutputBegin, "", tag));
        while (true)
        {
            while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
            if (i >= text.Length) throw Unclosed(tag, isBlock);
            if (open.Count == 0 && TryEnd(i, isBlock, out int after)) return after;
            i = ReadToken(i);
        }
    }

    private TemplateException Unclosed(int tag, bool isBlock) =>
        template.Error(tag, isBlock ? "'{%' is never closed with '%}'" : "'{{' is never closed with '}}'");

    private bool TryEnd(int i, bool isBlock, out int after)
    {
        string mark = isBlock ? "%}" : "}}";
        char sign = text[i] == '-' || (isBlock && text[i] == '+') ? text[i] : ' ';
        int end = sign == ' ' ? i : i + 1;
        after = end + 2;
        if (string.CompareOrdinal(text, end, mark, 0, 2) != 0) return false;
        tokens.Add(new Token(isBlock ? TokenKind.BlockEnd : TokenKind.OutputEnd, mark, i));
        if (sign == '-')
        {
            while (after < text.Length && char.IsWhiteSpace(text[after])) after++;
        }
        else if (sign != '+' && isBlock && options.TrimBlocks && after < text.Length && text[after] == '\n')
        {
            after++;
        }
        return true;
    }

    private int ReadToken(int i)
    {
        char c = text[i];
        if (c is '\'' or '"') return ReadString(i);
        if (char.IsAsciiDigit(c)) return ReadNumber(i);
        if (char.IsLetter(c) || c == '_') return ReadWhile(TokenKind.Name, i, static x => char.IsLetterOrDigit(x) || x == '_');
        foreach (string symbol in LongOperators)
        {
            if (string.CompareOrdinal(text, i, symbol, 0, 2) == 0) return Add(TokenKind.Operator, symbol, i, 2);
        }
        if (!"+-/*%~[](){}><=.:|,;".Contains(c, StringComparison.Ordinal)) throw template.Error(i, $"unexpected character '{c}'");
        Balance(c, i);
        return Add(TokenKind.Operator, c.ToString(), i, 1);
    }

    private void Balance(char c, int i)
    {
        if (c is '(' or '[' or '{')
        {
            open.Push(c switch { '(' => ')', '[' => ']', _ => '}' });
        }
        else if (c is ')' or ']' or '}')
        {
            if (!open.TryPop(out char expected)) throw template.Error(i, $"unexpected '{c}'");
            if (expected != c) throw template.Error(i, $"unexpected '{c}', expected '{expected}'");
        }
    }

    private int Add(TokenKind kind, string value, int i, int length)
    {
        tokens.Add(new Token(kind, value, i));
        return i + length;
    }

    private int ReadWhile(TokenKind kind, int i, Func<char, bool> belongs)
    {
        int end = i + 1;
        while (end < text.Length && belongs(text[end])) end++;
        return Add(kind, text[i..end], i, end - i);
    }

    private int ReadNumber(int i)
    {
        if (text[i] == '0' && i + 2 < text.Length && char.ToLowerInvariant(text[i + 1]) is 'x' or 'o' or 'b' && char.IsAsciiHexDigit(text[i + 2]))
            return ReadWhile(TokenKind.Integer, i + 1, static x => char.IsAsciiHexDigit(x) || x == '_', i);
        int end = Digits(i);
        bool isFloat = false;
        if (end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]))
        {
            isFloat = true;
            end = Digits(end + 1);
        }
        int exponent = end + 1;
        if (end < text.Length && text[end] is 'e' or 'E')
        {
            if (exponent < text.Length && text[exponent] is '+' or '-') exponent++;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                isFloat = true;
                end = Digits(exponent);
            }
        }
        string digits = text[i..end].Replace("_", "", StringComparison.Ordinal);
        if (!isFloat && digits.Length > 1 && digits[0] == '0' && digits.Trim('0').Length > 0)
            throw template.Error(i, $"'{digits}' is not a number; leave the leading zeros out");
        return Add(isFloat ? TokenKind.Float : TokenKind.Integer, digits, i, end - i);
    }

    private int ReadWhile(TokenKind kind, int i, Func<char, bool> belongs, int start)
    {
        int end = i + 1;
        while (end < text.Length && belongs(text[end])) end++;
        return Add(kind, text[start..end].Replace("_", "", StringComparison.Ordinal), start, end - start);
    }

    private int Digits(int i)
    {
        while (i < text.Length && (char.IsAsciiDigit(text[i]) || (text[i] == '_' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1])))) i++;
        return i;
    }

    private int ReadString(int start)
    {
        var value = new StringBuilder();
        for (int i = start + 1; i < text.Length; i++)
        {
            char c = text[i];
            if (c == text[start]) return Add(TokenKind.String, value.ToString(), start, i + 1 - start);
            if (c == '\\' && i + 1 < text.Length) i = ReadEscape(i, value);
            else value.Append(c);
        }
        throw template.Error(start, "the string is never closed");
    }

    /// <returns>Offset of the escape's last character.</returns>
    private int ReadEscape(int i, StringBuilder value)
    {
        char c = text[i + 1];
        int length = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (length > 0) return ReadCodePoint(i, length, value);
        if (c is >= '0' and <= '7')
        {
            int end = i + 1, code = 0;
            for (; end < text.Length && end < i + 4 && text[end] is >= '0' and <= '7'; end++) code = (code * 8) + text[end] - '0';
            value.Append((char)code);
            return end - 1;
        }
        const string Names = "\\'\"abfnrtv\n", Values = "\\'\"\a\b\f\n\r\t\v";
        int known = Names.IndexOf(c, StringComparison.Ordinal);
        if (known < 0) value.Append('\\').Append(c);
        else if (known < Values.Length) value.Append(Values[known]);
        return i + 1;
    }

    private int ReadCodePoint(int i, int length, StringBuilder value)
    {
        if (i + 2 + length > text.Length
            || !int.TryParse(text.AsSpan(i + 2, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            || code is < 0 or > 0x10FFFF)
            throw template.Error(i, "this escape needs hexadecimal digits of a character");
        if (code > 0xFFFF) value.Append(char.ConvertFromUtf32(code));
        else value.Append((char)code);
        return i + 1 + length;
    }
}
