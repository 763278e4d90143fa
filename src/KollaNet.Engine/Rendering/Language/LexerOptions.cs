namespace KollaNet.Engine.Rendering.Language;

/// <summary>Whitespace rules; the defaults are Ansible's.</summary>
internal sealed record LexerOptions
{
    private const string HeaderMark = "#jinja2:";

    public bool TrimBlocks { get; init; } = true;

    public bool LstripBlocks { get; init; }

    public bool KeepTrailingNewline { get; init; } = true;

    /// <summary>Reads a first line such as <c>#jinja2: trim_blocks: False, lstrip_blocks: True</c>.</summary>
    /// <param name="start">Where the template proper begins: after the header line, if there is one.</param>
    public static LexerOptions FromHeader(TemplateText template, out int start)
    {
        start = 0;
        string text = template.Text;
        var options = new LexerOptions();
        if (!text.StartsWith(HeaderMark, StringComparison.Ordinal)) return options;

        int end = text.IndexOf('\n', StringComparison.Ordinal);
        string line = text[HeaderMark.Length..(end < 0 ? text.Length : end)];
        start = end < 0 ? text.Length : end + 1;
        int at = HeaderMark.Length;
        foreach (string pair in line.Split(','))
        {
            options = options.Apply(template, at, pair);
            at += pair.Length + 1;
        }
        return options;
    }

    private LexerOptions Apply(TemplateText template, int at, string pair)
    {
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) throw template.Error(at, $"'{pair.Trim()}' is not a Jinja2 override; write 'name: value'");
        string name = pair[..colon].Trim(), text = pair[(colon + 1)..].Trim();
        bool value = text switch
        {
            "True" => true,
            "False" => false,
            _ => throw template.Error(at, $"the Jinja2 override '{name}' must be True or False, not '{text}'"),
        };
        return name switch
        {
            "trim_blocks" => this with { TrimBlocks = value },
            "lstrip_blocks" => this with { LstripBlocks = value },
            "keep_trailing_newline" => this with { KeepTrailingNewline = value },
            _ => throw template.Error(at, $"the Jinja2 override '{name}' is not supported"),
        };
    }
}
