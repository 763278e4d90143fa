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
        Option<string> cache = new Option<string>("--cachedir") { Description = "Where published programs and unfinished systems are kept.", DefaultValueFactory = _ => ImageBuildRequest.DefaultCacheFolder }.NamesPath();
        var command = new Command("build", "Build the images of the enabled services from the distribution's packages; only what changed.") { names, cache };
        command.SetAction((line, cancel) => RunAsync(session, line, new ImageBuildRequest
        {
            Site = session.Site(line),
            Names = [.. line.GetValue(names) ?? []],
            CacheFolder = Path.GetFullPath(line.GetValue(cache)!),
        }, cancel));
        return command;
    }

    public static async Task<int> RunAsync(Session session, ParseResult line, ImageBuildRequest request, CancellationToken cancel)
    {
        DeployReport report = await session.View(line).ShowAsync("build", progress => session.ImageBuild(progress).BuildAsync(request, cancel));
        return ExitCodes.Of(report);
    }
}
