using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Rendering.Ini;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Planning;

/// <summary>Renders the configuration files of a container: the service's template, and over it the operator's own files, which are templates too. Reads those files and nothing else.</summary>
internal sealed class ConfigRenderer(ServiceDefinition service, Evaluation on, Redactor secrets)
{
    /// <summary>One layer of a file, rendered.</summary>
    private sealed record Source(string Name, string Text);

    /// <summary>Every file of the container that its conditions let through, and those that stay as they are. What is wrong with any of them is reported; the file is left out then.</summary>
    /// <param name="kept">What the service keeps, with its files as they are on the host.</param>
    public ImmutableArray<HostFile> Render(ContainerDefinition container, string folder, KeptParts kept, string host)
    {
        (ConfigFileDefinition File, Evaluation On)[] all = [.. container.Files.SelectMany(file => on.Try(() => FileLoop.Each(file, on.Variables).ToArray(), []).Select(each => (file, on.With(each))))];
        HostFile[] rendered = [.. all.Where(each => each.On.Truth(each.File.When, true)).Select(each => on.Try(() => RenderFile(each.File, each.On, folder, kept), null)).OfType<HostFile>()];
        if (kept.Names.IsEmpty) return [.. rendered];
        IEnumerable<HostFile> staying = all.Where(each => each.On.Truth(each.File.StaysWhen, false)).Select(each => Deployed(each.File, each.On.Text(each.File.Name), folder, kept.On(host))).OfType<HostFile>();
        return [.. rendered, .. staying.Where(file => !rendered.Any(other => other.Path == file.Path))];
    }

    private HostFile? RenderFile(ConfigFileDefinition file, Evaluation each, string folder, KeptParts kept)
    {
        string name = each.Text(file.Name);
        ImmutableArray<Source> sources = SourcesOf(file, each);
        if (sources.IsEmpty)
        {
            if (!file.Optional) on.Report($"{service.Name}/service.yml", $"file '{name}' has to come from you, and none of these exists: {string.Join(", ", each.Texts(file.Overrides).Select(one => Path.Combine(on.Variable("node_custom_config"), one)))}");
            return null;
        }
        if (Merge(file.Format, sources) is not { } text) return null;
        bool keeps = file.Keeping is not null && !kept.Names.IsEmpty;
        if (keeps) text = Keep(file.Keeping!, name, text);
        return FileOf(file, $"{folder}/{name}", [.. Encoding.UTF8.GetBytes(text)], keeps || secrets.Holds(text));   // What is kept may hold passwords that the site knows no more.
    }

    private string Keep(string template, string name, string text)
    {
        IVariables variables = RenderedFiles.Over(on.Variables, new() { [name] = RenderedFiles.Sections(Encoding.UTF8.GetBytes(text), name) });
        Source layer = Read(Path.Combine(service.Folder, "config", template), $"{service.Name}/config/{template}", variables);
        return MergeIni([new Source(name, text), layer], IniDialect.Oslo);
    }

    private HostFile? Deployed(ConfigFileDefinition file, string name, string folder, ImmutableSortedDictionary<string, ImmutableArray<byte>> deployed) =>
        deployed.TryGetValue(name, out ImmutableArray<byte> content) ? FileOf(file, $"{folder}/{name}", content, isSecret: true) : null;

    private HostFile FileOf(ConfigFileDefinition file, string path, ImmutableArray<byte> content, bool isSecret) =>
        new(path, content, (UnixFileMode)Convert.ToInt32(file.Mode, 8), on.Variable("config_owner_user"), on.Variable("config_owner_group"), isSecret);

    private ImmutableArray<Source> SourcesOf(ConfigFileDefinition file, Evaluation each)
    {
        var sources = ImmutableArray.CreateBuilder<Source>();
        if (file.Template is { } template) sources.Add(Read(Path.Combine(service.Folder, "config", template), $"{service.Name}/config/{template}", each.Variables));
        string root = on.Variable("node_custom_config");
        foreach (string path in each.Texts(file.Overrides).Select(name => Path.Combine(root, name)).Where(File.Exists)) sources.Add(Read(path, path, each.Variables));
        return sources.ToImmutable();
    }

    private static Source Read(string path, string name, IVariables variables)
    {
        try
        {
            return new Source(name, Template.Parse(File.ReadAllText(path), name).Render(variables));
        }
        catch (IOException e)
        {
            throw new TemplateException(name, 1, 1, $"cannot be read: {e.Message}");
        }
        catch (UnauthorizedAccessException)
        {
            throw new TemplateException(name, 1, 1, "may not be read by this user");
        }
    }

    private string? Merge(string format, ImmutableArray<Source> sources) => format switch
    {
        "ini" => MergeIni(sources, IniDialect.Oslo),
        "cnf" => MergeIni(sources, IniDialect.MariaDb),
        "yaml" => MergeYaml(sources),
        "json" => CheckedJson(sources[^1]),
        _ => sources[^1].Text,
    };

    private static string MergeIni(ImmutableArray<Source> sources, IniDialect dialect)
    {
        IniDocument[] layers = [.. sources.Select(source => IniDocument.Parse(source.Text, source.Name, dialect))];
        return IniDocument.Merge(layers[0], layers.AsSpan(1)).ToString();
    }

    private string? MergeYaml(ImmutableArray<Source> sources)
    {
        var problems = new List<SiteProblem>();
        YamlMap[] layers = [.. sources.Select(source => YamlReader.ReadMap(source.Text, source.Name, problems))];
        foreach (SiteProblem problem in problems) on.Report(problem.Place, problem.Problem);
        if (problems.Count > 0) return null;
        // One file alone keeps its comments.
        return layers.Length == 1 ? sources[0].Text : YamlText.Of(layers.Aggregate(YamlText.Merge));
    }

    private string? CheckedJson(Source source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(source.Text);
            return source.Text;
        }
        catch (JsonException e)
        {
            on.Report($"{source.Name}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}", "the rendered text is not JSON");
            return null;
        }
    }
}
