using System.CommandLine;
using KollaNet.Engine;
using KollaNet.Engine.Site;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet sample FOLDER</c>: the content of <c>etc-kolla-sample/</c>, made from the defaults that are in effect.</summary>
internal static class SampleCommand
{
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("FOLDER") { Description = "Where to write; not the folder of the site's own configuration." };
        var command = new Command("sample", "Write globals.yml and passwords.yml with every key there is, commented, with its default.") { folder };
        command.SetAction((line, cancel) => RunAsync(session, session.Site(line), Path.GetFullPath(line.GetValue(folder)!), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, SiteRequest request, string folder, CancellationToken cancel)
    {
        if (Path.TrimEndingDirectorySeparator(folder) == Path.TrimEndingDirectorySeparator(request.ConfigFolder))
            throw new KollaNetException($"The sample was not written to {folder}.", "the site's own globals.yml and passwords.yml are there", "give another folder and copy what you need");
        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in new[] { ("globals.yml", SampleFiles.Globals(request.TemplatesFolder)), ("passwords.yml", SampleFiles.Passwords(request.TemplatesFolder)) })
        {
            string path = Path.Combine(folder, name);
            bool changed = !File.Exists(path) || await File.ReadAllTextAsync(path, cancel) != text;
            if (changed) await File.WriteAllTextAsync(path, text, cancel);
            session.Services.Out.WriteLine($"{(changed ? "changed" : "ok"),-8} {path}");
        }

        return ExitCodes.Success;
    }
}
