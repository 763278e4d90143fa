using System.Text.RegularExpressions;

namespace KollaNet.EndToEnd.Sites;

/// <summary>What a run of the real command line left.</summary>
/// <param name="Command">As an operator would type it.</param>
/// <param name="Output">Both streams, in the order they came.</param>
public sealed partial record CliResult(string Command, int ExitCode, string Output)
{
    /// <summary>How many steps changed something, from the recap; null when there is none.</summary>
    public int? Changed => Recap().Match(Output) is { Success: true } recap ? int.Parse(recap.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : null;

    public CliResult ShouldExitWith(int code)
    {
        ExitCode.Should().Be(code, "{0}", this);
        return this;
    }

    public CliResult ShouldSucceed() => ShouldExitWith(0);

    public CliResult ShouldHaveChangedNothing()
    {
        ShouldSucceed();
        Changed.Should().Be(0, "{0}", this);
        return this;
    }

    public CliResult ShouldSay(params string[] words)
    {
        foreach (string word in words) Output.Contains(word, StringComparison.Ordinal).Should().BeTrue("it should say \"{0}\"; {1}", word, this);
        return this;
    }

    public override string ToString() => $"\n$ {Command}\n{Output}\n(exit code {ExitCode})";

    [GeneratedRegex(@": (\d+) changed, \d+ unchanged, \d+ failed, \d+ skipped")]
    private static partial Regex Recap();
}
