using System.CommandLine;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet images …</c>: the image service's own command, inside its running container.</summary>
internal static class ImagesCommand
{
    private const string Name = "images";

    public static Command Create(Session session)
    {
        var command = new Command(Name, "Images and their stores: list, verify, migrate. Everything after this word is the image service's.");
        command.SetAction((line, cancel) => session.Deployment().RunCommandAsync(session.Site(line), Name, [.. session.Services.ClientArguments], session.Services.Out.WriteLine, cancel));
        return command;
    }
}
