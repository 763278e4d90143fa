using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Rendering.Ini;
using KollaNet.Engine.Services;

namespace KollaNet.Engine.Planning;

/// <summary>The site's variables and <c>rendered</c>: a container's INI files as they will be on its host, with the operator's overrides: file name → section → key → value.</summary>
internal sealed class RenderedFiles : IVariables
{
    private const string Name = "rendered";
    private readonly IVariables site;
    private readonly Dictionary<string, object?> files;

    private RenderedFiles(IVariables site, Dictionary<string, object?> files) => (this.site, this.files) = (site, files);

    /// <param name="rendered">The container's files, of any format.</param>
    public static RenderedFiles Over(Evaluation on, ContainerDefinition container, ImmutableArray<HostFile> rendered)
    {
        HashSet<string> ini = [.. container.Files.Where(file => file.Format == "ini").Select(file => on.Text(file.Name))];
        return new RenderedFiles(on.Variables, rendered.Where(file => ini.Contains(Path.GetFileName(file.Path))).ToDictionary(file => Path.GetFileName(file.Path), object? (file) => Sections(file)));
    }

    /// <inheritdoc/>
    public bool TryGet(string name, out object? value)
    {
        if (name != Name) return site.TryGet(name, out value);
        value = files;
        return true;
    }

    private static Dictionary<string, object?> Sections(HostFile file) => IniDocument.Parse(Encoding.UTF8.GetString(file.Content.AsSpan()), file.Path).Sections
        .ToDictionary(section => section.Name, object? (section) => section.Entries.ToDictionary(entry => entry.Key, object? (entry) => entry.Values[^1] ?? ""));
}
