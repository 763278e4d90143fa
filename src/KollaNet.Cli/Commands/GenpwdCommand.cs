using System.Collections.Immutable;
using System.CommandLine;
using KollaNet.Engine.Site;
using KollaNet.Engine.Site.Passwords;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet genpwd</c>: names what it filled, never a value.</summary>
internal static class GenpwdCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("genpwd", "Fill every empty key of passwords.yml; set values and comments stay.");
        command.SetAction((line, cancel) => RunAsync(session, line, cancel));
        return command;
    }

    public static Task<int> RunAsync(Session session, ParseResult line, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        SiteRequest request = session.Site(line);
        string file = request.PasswordsFile ?? Path.Combine(request.ConfigFolder, "passwords.yml");
        ImmutableArray<PasswordNeed> needs = PasswordNeed.ReadAll(request.TemplatesFolder, out ImmutableArray<SiteProblem> problems);
        if (problems.Length > 0) throw new SiteInvalidException(problems);
        PasswordReport report = PasswordFile.Generate(file, needs);
        int made = report.Filled.Length + report.Added.Length;
        session.Services.Out.WriteLine(made == 0
            ? $"ok       {file}: every key has a value"
            : $"changed  {file}: made {string.Join(", ", report.Filled.Concat(report.Added))}");
        return Task.FromResult(ExitCodes.Success);
    }
}
