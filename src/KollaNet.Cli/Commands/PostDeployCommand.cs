using System.CommandLine;
using KollaNet.Engine;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet post-deploy</c></summary>
internal static class PostDeployCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("post-deploy", "Write clouds.yaml and admin-openrc.sh into the configuration folder, readable by their owner only.");
        command.SetAction((line, cancel) => RunAsync(session, line, cancel));
        return command;
    }

    public static async Task<int> RunAsync(Session session, ParseResult line, CancellationToken cancel)
    {
        foreach (WrittenFile file in await session.Deployment().PostDeployAsync(session.Site(line), cancel))
            session.Services.Out.WriteLine($"{(file.Changed ? "changed" : "ok"),-8} {file.Path}");
        return ExitCodes.Success;
    }
}
