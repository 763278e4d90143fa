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

    /// <param name="name">The command whose checks they are.</param>
    public static int Write(Session session, ParseResult line, string name, CheckReport report)
    {
        int failed = report.Checks.Count(check => check.Result == CheckResult.Failed), warned = report.Checks.Count(check => check.Result == CheckResult.Warning);
        int exit = report.Succeeded ? ExitCodes.Success : ExitCodes.Failed;
        TextWriter output = session.Services.Out;
        if (line.GetValue(session.Options.Json))
        {
            WriteJson(new JsonLines(output), name, report, warned, failed);
            return exit;
        }

        bool verbose = line.GetValue(session.Options.Verbose);
        foreach (Check check in report.Checks.Where(check => verbose || check.Result != CheckResult.Passed))
        {
            string host = check.Host.Length > 0 ? check.Host + ": " : "";
            output.WriteLine($"{Word(check.Result),-8} {host}{check.Subject}: {ReportText.Indented(check.Message)}");
            if (check.Next is { } next) output.WriteLine($"         Next: {ReportText.Indented(next)}");
        }

        output.WriteLine($"{report.Checks.Length} checks: {report.Checks.Length - failed - warned} passed, {warned} warnings, {failed} failed");
        return exit;
    }

    private static void WriteJson(JsonLines lines, string name, CheckReport report, int warned, int failed)
    {
        foreach (Check check in report.Checks)
        {
            lines.Write("check", json =>
            {
                json.WriteString("host", check.Host);
                json.WriteString("subject", check.Subject);
                json.WriteString("result", check.Result.ToString());
                json.WriteString("message", check.Message);
                json.WriteString("next", check.Next);
            });
        }

        lines.Write("recap", json =>
        {
            json.WriteString("command", name);
            json.WriteBoolean("succeeded", report.Succeeded);
            json.WriteNumber("passed", report.Checks.Length - failed - warned);
            json.WriteNumber("warnings", warned);
            json.WriteNumber("failed", failed);
        });
    }

    private static Command Of(Session session, string name, string description, Func<ParseResult, CancellationToken, Task<CheckReport>> check)
    {
        var command = new Command(name, description);
        command.SetAction(async (line, cancel) => Write(session, line, name, await check(line, cancel)));
        return command;
    }

    private static string Word(CheckResult result) => result switch
    {
        CheckResult.Passed => "ok",
        CheckResult.Warning => "warning",
        _ => "FAILED",
    };
}
