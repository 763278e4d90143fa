using KollaNet.Cli.Output;

namespace KollaNet.Cli.Tests.Output;

/// <summary>Progress stays in one line of a terminal, below everything else.</summary>
public sealed class ReplacedLinesTests
{
    [Fact]
    public void A_line_with_a_carriage_return_is_replaced_and_others_stay()
    {
        using var terminal = new StringWriter();
        var lines = new ReplacedLines(terminal);
        foreach (string line in (string[])["3 to move", "\r10%", "\r20%", "one failed", "another", "\r100%", "done"]) lines.Write(line);

        terminal.ToString().Should().Be("3 to move\n\r10%\e[K\r20%\e[K\rone failed\e[K\nanother\n\r100%\e[K\rdone\e[K\n");
    }
}
