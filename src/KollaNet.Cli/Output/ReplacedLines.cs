namespace KollaNet.Cli.Output;

/// <summary>Lines of a command that knows that a person watches: one that begins with a carriage return is shown in the place of the one like it before; others stay above it.</summary>
internal sealed class ReplacedLines(TextWriter terminal)
{
    private const string ClearRest = "\e[K";
    private bool isOpen;

    /// <summary>Shows one more.</summary>
    public void Write(string line)
    {
        bool replaces = line.StartsWith('\r');
        string shown = isOpen && !replaces ? "\r" + line : line;
        terminal.Write(replaces ? shown + ClearRest : isOpen ? shown + ClearRest + "\n" : shown + "\n");
        terminal.Flush();
        isOpen = replaces;
    }
}
