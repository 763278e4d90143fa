namespace KollaNet.Engine.Rendering.Ini;

/// <summary>Reads INI lines. An indented line continues the key above it only when it is indented deeper than that key (oslo.config's multi-line
/// values); otherwise it is a line of its own, so that the leading tabs of <c>ceph config generate-minimal-conf</c> do no harm.</summary>
internal sealed class IniReader(string source, IniDialect dialect)
{
    private const int TabWidth = 8;
    private readonly IniBuilder builder = new();
    private string? section;
    private string? key;
    private readonly List<string> value = [];
    private int keyIndent;
    private int line;

    public IniDocument Read(string text)
    {
        string lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (lines.StartsWith('\uFEFF')) lines = lines[1..];
        foreach (string raw in lines.Split('\n'))
        {
            line++;
            ReadLine(raw.TrimEnd());
        }
        EndValue();
        return builder.Build();
    }

    private void ReadLine(string text)
    {
        string content = text.TrimStart();
        int column = text.Length - content.Length + 1, indent = Indent(text);
        if (content.Length == 0)
        {
            EndValue();
        }
        else if (key is not null && indent > keyIndent && dialect == IniDialect.Oslo)
        {
            value.Add(content);
        }
        else
        {
            EndValue();
            if (content[0] is '#' or ';') return;
            if (content[0] == '[') ReadSection(content, column);
            else ReadKey(content, column, indent);
        }
    }

    private static int Indent(string text)
    {
        int width = 0;
        foreach (char c in text)
        {
            if (!char.IsWhiteSpace(c)) break;
            width += c == '\t' ? TabWidth - (width % TabWidth) : 1;
        }
        return width;
    }

    private void ReadSection(string content, int column)
    {
        int end = content.IndexOf(']', StringComparison.Ordinal);
        if (end < 0) throw Error(column, "the section's name must end with ']'");
        if (end < content.Length - 1 && content[(end + 1)..].TrimStart()[0] is not ('#' or ';'))
            throw Error(column + end + 1, "unexpected text after the section's name");
        string name = content[1..end].Trim();
        if (name.Length == 0) throw Error(column, "the section has no name");
        section = name;
        builder.Section(name);
    }

    private void ReadKey(string content, int column, int indent)
    {
        if (dialect == IniDialect.MariaDb && content[0] == '!')
        {
            builder.Add(section ?? "", content, null);
            return;
        }
        if (section is null) throw Error(column, $"a section such as [DEFAULT] must come before '{Shown(content)}'");
        int separator = dialect == IniDialect.Oslo ? content.IndexOfAny([':', '=']) : content.IndexOf('=', StringComparison.Ordinal);
        if (separator == 0) throw Error(column, $"there is no key before '{content[0]}'");
        if (separator > 0)
        {
            key = content[..separator].TrimEnd();
            keyIndent = indent;
            value.Add(content[(separator + 1)..].TrimStart());
        }
        else if (dialect == IniDialect.MariaDb)
        {
            builder.Add(section, content, null);
        }
        else
        {
            throw Error(column, $"'{Shown(content)}' is neither a section nor 'key = value'");
        }
    }

    /// <summary>Only the first word: the rest of a broken line may be a password.</summary>
    private static string Shown(string content)
    {
        int end = content.IndexOfAny([' ', '\t', '=', ':']);
        return end > 0 ? content[..end] : content;
    }

    private void EndValue()
    {
        if (key is null) return;
        builder.Add(section!, key, string.Join('\n', value));
        key = null;
        value.Clear();
    }

    private IniException Error(int column, string problem) => new(source, line, column, problem);
}
