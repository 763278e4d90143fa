namespace KollaNet.Engine.Rendering.Language;

/// <summary>A template's text and where it stands in its file, so that an offset can be named as file, line and column.</summary>
internal sealed class TemplateText(string text, string source, int firstLine, int firstColumn)
{
    public string Text { get; } = text;

    public string Source { get; } = source;

    public TemplateException Error(int at, string problem)
    {
        int end = Math.Clamp(at, 0, Text.Length), line = 0, lineStart = 0;
        for (int i = 0; i < end; i++)
        {
            if (Text[i] != '\n') continue;
            line++;
            lineStart = i + 1;
        }
        int column = end - lineStart + (line == 0 ? firstColumn : 1);
        return new TemplateException(Source, firstLine + line, column, problem);
    }
}
