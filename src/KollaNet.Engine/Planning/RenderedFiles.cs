using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Rendering.Ini;
using KollaNet.Engine.Services;

namespace KollaNet.Engine.Planning;

/// <summary>The site's variables and <c>rendered</c>: a container's INI files as they will be on its host (none of a <c>loop</c>), with the operator's overrides: file name → section → key → value.</summary>
internal static class RenderedFiles
{
    private const string Name = "rendered";

    /// <param name="files">File name → section → key → value.</param>
    public static IVariables Over(IVariables site, Dictionary<string, object?> files) => new AddedVariables(site, new Dictionary<string, object?> { [Name] = files });

    /// <param name="rendered">The container's files, of any format.</param>
    public static IVariables Over(Evaluation on, ContainerDefinition container, ImmutableArray<HostFile> rendered)
    {
        HashSet<string> ini = [.. container.Files.Where(file => file is { Format: "ini", Loop: null }).Select(file => on.Text(file.Name))];
        return Over(on.Variables, rendered.Where(file => ini.Contains(Path.GetFileName(file.Path))).ToDictionary(file => Path.GetFileName(file.Path), object? (file) => Sections(file.Content.AsSpan(), file.Path)));
    }

    /// <summary>The sections of an INI file as values: section → key → value; of a key that is given several times the last one.</summary>
    /// <param name="listsSeveral">Gives all values of such a key instead, as a list.</param>
    public static Dictionary<string, object?> Sections(ReadOnlySpan<byte> content, string source, bool listsSeveral = false) => IniDocument.Parse(Encoding.UTF8.GetString(content), source).Sections
        .ToDictionary(section => section.Name, object? (section) => section.Entries.ToDictionary(entry => entry.Key, object? (entry) =>
            listsSeveral && entry.Values.Length > 1 ? entry.Values.Select(object? (value) => value ?? "").ToList() : entry.Values[^1] ?? ""));
}
