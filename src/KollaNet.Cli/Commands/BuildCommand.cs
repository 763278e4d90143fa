using System.CommandLine;
using KollaNet.Engine.Images;
using KollaNet.Engine.Running;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet build [NAME…]</c></summary>
internal static class BuildCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("NAME") { Description = "Images or services; all of the enabled services when left out.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("build", "Build the images of the enabled services from the distribution's packages; only what changed.") { names };
        command.SetAction((line, cancel) => RunAsync(session, line, line.GetValue(names) ?? [], cancel));
        return command;
    }

    public static async Task<int> RunAsync(Session session, ParseResult line, string[] names, CancellationToken cancel)
    {
        var request = new ImageBuildRequest { Site = session.Site(line), Names = [.. names] };
        DeployReport report = await session.View(line).ShowAsync("build", progress => session.ImageBuild(progress).BuildAsync(request, cancel));
        return ExitCodes.Of(report);
    }
}
