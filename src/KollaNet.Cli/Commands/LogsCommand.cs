using System.CommandLine;
using KollaNet.Engine;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet logs SERVICE</c></summary>
internal static class LogsCommand
{
    public static Command Create(Session session)
    {
        var service = new Argument<string>("SERVICE") { Description = "A service (glance) or a container (glance_api)." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until stopped." };
        Option<int> tail = CheckedValues.WholeNumber(0, 100, "Lines of each container to begin with.", "--tail");
        var command = new Command("logs", "Show what a service's containers wrote.") { service, follow, tail };
        command.SetAction(async (line, cancel) =>
        {
            bool first = true;
            string? only = null;
            await foreach (LogLine entry in session.Deployment().LogsAsync(session.Site(line), line.GetValue(service)!, line.GetValue(follow), line.GetValue(tail), cancel))
            {
                if (first) (first, only) = (false, entry.Container);
                session.Services.Out.WriteLine(entry.Container == only ? entry.Text : $"{entry.Container}: {entry.Text}");
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
