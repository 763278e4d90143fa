namespace KollaNet.Engine.Rendering.Language;

/// <summary>Cuts a template into text and tags, with Jinja2's whitespace control; the inside of tags is <see cref="TagLexer"/>'s.</summary>
internal sealed class Lexer
{
    private readonly TemplateText template;
    private readonly string text;
    private readonly LexerOptions options;
    private readonly List<Token> tokens = [];
    private int at;

    private Lexer(TemplateText template)
    {
        this.template = template;
        options = LexerOptions.FromHeader(template, out at);
        text = template.Text;
        if (!options.KeepTrailingNewline && text.Length > at && text[^1] == '\n') text = text[..^1];
    }

    public static List<Token> Read(TemplateText template)
    {
        var lexer = new Lexer(template);
        lexer.ReadAll();
        return lexer.tokens;
    }

    private void ReadAll()
    {
        while (at < text.Length)
        {
            int tag = FindTag(at);
            if (tag < 0)
            {
                AddData(at, text.Length);
                break;
            }
            ReadTag(tag);
        }
        tokens.Add(new Token(TokenKind.End, "", text.Length));
    }

    private int FindTag(int from)
    {
        for (int i = from; (i = text.IndexOf('{', i)) >= 0 && i + 1 < text.Length; i++)
        {
            if (text[i + 1] is '{' or '%' or '#') return i;
        }
        return -1;
    }

    private void ReadTag(int tag)
    {
        char kind = text[tag + 1];
        char sign = tag + 2 < text.Length && text[tag + 2] is '-' or '+' ? text[tag + 2] : ' ';
        AddData(at, StripBefore(tag, kind, sign));
        int inside = tag + (sign == ' ' ? 2 : 3);
        if (kind == '#') SkipComment(tag, inside);
        else if (kind == '%' && TryReadRawBegin(inside, out int rawStart)) ReadRaw(tag, rawStart);
        else at = new TagLexer(template, text, tokens, options).Read(tag, inside, isBlock: kind == '%');
    }

    private int StripBefore(int tag, char kind, char sign)
    {
        int end = tag;
        if (sign == '-')
        {
            while (end > at && char.IsWhiteSpace(text[end - 1])) end--;
        }
        else if (sign != '+' && options.LstripBlocks && kind != '{')
        {
            int start = text.LastIndexOf('\n', Math.Max(tag - 1, 0), Math.Max(tag - at, 0)) + 1;
            if (start == 0) start = at;
            bool lineStart = start == 0 || text[start - 1] == '\n' || (at == start && tokens.Count == 0);
            if (lineStart && text.AsSpan(start, tag - start).IsWhiteSpace()) end = start;
        }
        return end;
    }

    private void AddData(int from, int to)
    {
        if (to > from) tokens.Add(new Token(TokenKind.Data, text[from..to], from));
    }

    private void SkipComment(int tag, int inside)
    {
        int end = text.IndexOf("#}", inside, StringComparison.Ordinal);
        if (end < 0) throw template.Error(tag, "the comment '{#' is never closed");
        at = AfterEnd(end, end > inside ? text[end - 1] : ' ', end + 2);
    }

    /// <summary>What <c>-</c> before an end mark, or trim_blocks, removes after it.</summary>
    private int AfterEnd(int end, char sign, int after)
    {
        if (sign == '-' && end > 0)
        {
            while (after < text.Length && char.IsWhiteSpace(text[after])) after++;
        }
        else if (sign != '+' && options.TrimBlocks && after < text.Length && text[after] == '\n')
        {
            after++;
        }
        return after;
    }

    private bool TryReadRawBegin(int inside, out int rawStart)
    {
        rawStart = 0;
        int i = SkipSpace(inside);
        if (string.CompareOrdinal(text, i, "raw", 0, 3) != 0) return false;
        i = SkipSpace(i + 3);
        bool strip = i < text.Length && text[i] == '-';
        if (strip) i++;
        if (string.CompareOrdinal(text, i, "%}", 0, 2) != 0) return false;
        rawStart = strip ? SkipSpace(i + 2) : i + 2;
        return true;
    }

    private void ReadRaw(int tag, int rawStart)
    {
        at = rawStart;
        for (int i = rawStart; (i = text.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i += 2)
        {
            char sign = i + 2 < text.Length && text[i + 2] is '-' or '+' ? text[i + 2] : ' ';
            int word = SkipSpace(sign == ' ' ? i + 2 : i + 3);
            if (string.CompareOrdinal(text, word, "endraw", 0, 6) != 0) continue;
            int end = SkipSpace(word + 6);
            char endSign = end < text.Length && text[end] is '-' or '+' ? text[end++] : ' ';
            if (string.CompareOrdinal(text, end, "%}", 0, 2) != 0) continue;
            AddData(rawStart, StripBefore(i, '%', sign));
            at = AfterEnd(end, endSign, end + 2);
            return;
        }
        throw template.Error(tag, "'raw' is never closed");
    }

    private int SkipSpace(int i)
    {
        while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
        return i;
    }
}
