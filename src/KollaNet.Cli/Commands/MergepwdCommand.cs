using System.CommandLine;
using KollaNet.Engine.Site.Passwords;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet mergepwd</c>. Source: kolla-mergepwd.</summary>
internal static class MergepwdCommand
{
    public static Command Create(Session session)
    {
        Option<string> old = new Option<string>("--old") { Description = "The passwords in use.", Required = true }.NamesPath();
        Option<string> fresh = new Option<string>("--new") { Description = "The file with the new release's keys.", Required = true }.NamesPath();
        Option<string> final = new Option<string>("--final") { Description = "Where the result goes.", Required = true }.NamesPath();
        var clean = new Option<bool>("--clean") { Description = "Drop keys that the new file no longer has." };
        var command = new Command("mergepwd", "Carry the values of an old passwords file over to a new one's keys.") { old, fresh, final, clean };
        command.SetAction(line =>
        {
            PasswordReport report = PasswordFile.Merge(line.GetValue(old)!, line.GetValue(fresh)!, line.GetValue(final)!, line.GetValue(clean));
            session.Services.Out.WriteLine($"changed  {line.GetValue(final)}: {report.Filled.Length} values carried over, {report.Added.Length} keys kept that the new file lacks");
            return ExitCodes.Success;
        });
        return command;
    }
}
