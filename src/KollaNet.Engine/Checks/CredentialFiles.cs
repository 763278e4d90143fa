using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Checks;

using Site = KollaNet.Engine.Site.Site;

/// <summary>The files clients log in with: every template of <c>templates/openrc/</c>, rendered into the configuration folder on the machine that deploys.</summary>
internal static class CredentialFiles
{
    private const string Extension = ".j2";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The one that the administrator sources in a shell.</summary>
    public static string Main(Site site) => Path.Combine(site.Request.ConfigFolder, "admin-openrc.sh");

    /// <exception cref="SiteInvalidException">A template asks for something that is not defined.</exception>
    public static ImmutableArray<WrittenFile> Write(Site site, IReadOnlyDictionary<string, HostFacts> facts)
    {
        IVariables variables = site.VariablesOf(site.Hosts.First(host => host.Selected).Name, facts);
        string folder = Path.Combine(site.Request.TemplatesFolder, "openrc");
        if (!Directory.Exists(folder)) return [];
        try
        {
            (string Path, byte[] Content)[] rendered = [.. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).Select(template => (
                Path.Combine(site.Request.ConfigFolder, Path.GetFileName(template)[..^Extension.Length]),
                Encoding.UTF8.GetBytes(Template.Parse(File.ReadAllText(template), $"openrc/{Path.GetFileName(template)}").Render(variables))))];
            return [.. rendered.Select(file => new WrittenFile(file.Path, Write(file.Path, file.Content)))];
        }
        catch (TemplateException e)
        {
            throw new SiteInvalidException([new SiteProblem($"{e.TemplateSource}:{e.Line}:{e.Column}", e.Problem)]);
        }
    }

    private static bool Write(string path, byte[] content)
    {
        if (File.Exists(path) && File.GetUnixFileMode(path) == OwnerOnly && File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return false;
        string unfinished = path + ".new";
        File.Delete(unfinished);
        using (var stream = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
        return true;
    }
}
