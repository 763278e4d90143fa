using KollaNet.Engine;

namespace KollaNet.Cli.Output;

/// <summary>What failed, why, what next.</summary>
internal static class Failure
{
    public static void Write(TextWriter error, KollaNetException problem)
    {
        error.WriteLine(problem.What);
        error.WriteLine($"  Why:  {ReportText.Indented(problem.Why)}");
        if (problem.Next is { } next) error.WriteLine($"  Next: {ReportText.Indented(next)}");
    }
}
