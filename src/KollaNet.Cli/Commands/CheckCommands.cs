using System.CommandLine;
using KollaNet.Cli.Output;
using KollaNet.Engine;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet prechecks</c> and <c>kollanet validate-config</c>: both look at everything and change nothing.</summary>
internal static class CheckCommands
{
    public static Command Prechecks(Session session) => Of(session, "prechecks", "Look for everything that would make a deployment fail; change nothing.",
        (line, cancel) => session.Deployment().PrecheckAsync(session.Site(line), cancel));

    public static Command ValidateConfig(Session session) => Of(session, "validate-config", "Render every configuration file and have each service's own program read it, in throwaway containers.",
        (line, cancel) => session.Deployment().ValidateConfigAsync(session.Site(line), cancel));

    public static int Write(Session session, ParseResult line, CheckReport report)
    {
        TextWriter output = session.Services.Out;
        bool verbose = line.GetValue(session.Options.Verbose);
        foreach (Check check in report.Checks.Where(check => verbose || check.Result != CheckResult.Passed))
        {
            string host = check.Host.Length > 0 ? check.Host + ": " : "";
            output.WriteLine($"{Word(check.Result),-8} {host}{check.Subject}: {ReportText.Indented(check.Message)}");
            if (check.Next is { } next) output.WriteLine($"         Next: {ReportText.Indented(next)}");
        }

        int failed = report.Checks.Count(check => check.Result == CheckResult.Failed), warned = report.Checks.Count(check => check.Result == CheckResult.Warning);
        output.WriteLine($"{report.Checks.Length} checks: {report.Checks.Length - failed - warned} passed, {warned} warnings, {failed} failed");
        return report.Succeeded ? ExitCodes.Success : ExitCodes.Failed;
    }

    private static Command Of(Session session, string name, string description, Func<ParseResult, CancellationToken, Task<CheckReport>> check)
    {
        var command = new Command(name, description);
        command.SetAction(async (line, cancel) => Write(session, line, await check(line, cancel)));
        return command;
    }

    private static string Word(CheckResult result) => result switch
    {
        CheckResult.Passed => "ok",
        CheckResult.Warning => "warning",
        _ => "FAILED",
    };
}
