using System.CommandLine;
using KollaNet.Cli.Output;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet images …</c>: the image service's own command, inside its running container.</summary>
internal static class ImagesCommand
{
    private const string Name = "images";

    public static Command Create(Session session)
    {
        var command = new Command(Name, "Images and their stores: list, verify, migrate. Everything after this word is the image service's.");
        command.SetAction(async (line, cancel) =>
        {
            CommandServices services = session.Services;
            var lines = new ReplacedLines(services.Out);
            int? columns = services.IsTerminal ? services.Columns : null;
            return await session.Deployment().RunCommandAsync(session.Site(line), Name, [.. services.ClientArguments], columns, columns is null ? services.Out.WriteLine : lines.Write, cancel);
        });
        return command;
    }
}
