using System.Collections.Immutable;
using System.CommandLine;
using KollaNet.Engine;
using KollaNet.Engine.Site;
using KollaNet.Engine.Site.Passwords;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet sample FOLDER</c>: the content of <c>etc-kolla-sample/</c>, made from the defaults that are in effect.</summary>
internal static class SampleCommand
{
    public static Command Create(Session session)
    {
        Argument<string> folder = new Argument<string>("FOLDER") { Description = "Where to write; not the folder of the site's own configuration." }.NamesPath();
        var command = new Command("sample", "Write globals.yml and passwords.yml with every key there is, commented, with its default.") { folder };
        command.SetAction((line, cancel) => RunAsync(session, session.Site(line), Path.GetFullPath(line.GetValue(folder)!), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, SiteRequest request, string folder, CancellationToken cancel)
    {
        if (Path.TrimEndingDirectorySeparator(folder) == Path.TrimEndingDirectorySeparator(request.ConfigFolder))
            throw new KollaNetException($"The sample was not written to {folder}.", "the site's own globals.yml and passwords.yml are there", "give another folder and copy what you need");
        PasswordNeed.ReadAll(request.TemplatesFolder, out ImmutableArray<SiteProblem> problems);
        if (problems.Length > 0) throw new SiteInvalidException(problems);
        try
        {
            await WriteAsync(session, request, folder, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KollaNetException($"The sample cannot be written to {folder}.", e.Message, "give the name of a folder that you may make or write to", e);
        }

        return ExitCodes.Success;
    }

    private static async Task WriteAsync(Session session, SiteRequest request, string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in new[] { ("globals.yml", SampleFiles.Globals(request.TemplatesFolder)), ("passwords.yml", SampleFiles.Passwords(request.TemplatesFolder)) })
        {
            string path = Path.Combine(folder, name);
            bool changed = !File.Exists(path) || await File.ReadAllTextAsync(path, cancel) != text;
            if (changed) await File.WriteAllTextAsync(path, text, cancel);
            session.Services.Out.WriteLine($"{(changed ? "changed" : "ok"),-8} {path}");
        }
    }
}
