using KollaNet.Engine.Rendering;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Checks;

/// <summary>Finds keys that nothing knows: misspelt ones, and ones that would silently do nothing.</summary>
internal sealed class KeyCheck(SiteModel model, SiteProblems problems)
{
    private const string Enable = "enable_";
    private HashSet<string>? used;

    /// <summary>Checks every key the operator set.</summary>
    public void Run()
    {
        HashSet<string> known = [.. model.Rules.Defaults.Select(d => d.Name), .. model.Rules.Passwords.Select(p => p.Key), .. model.Rules.VariableTypes.Keys, .. model.Rules.Aliases.Values];
        VariableDefinition[] set = [.. model.OperatorDefinitions().Distinct()];
        string[] switchedOff = [.. set.Where(d => d.Name.StartsWith(Enable, StringComparison.Ordinal) && IsOff(d)).Select(d => d.Name[Enable.Length..] + "_")];
        foreach (VariableDefinition definition in set)
        {
            if (HostVariables.Magic.Contains(definition.Name))
                problems.Add(definition.Place, $"'{definition.Name}' is set by KollaNet itself and cannot be changed");
            else if (!known.Contains(definition.Name) && !IsFree(definition.Name))
                CheckUnknown(definition, known, switchedOff);
        }
    }

    private void CheckUnknown(VariableDefinition definition, HashSet<string> known, string[] switchedOff)
    {
        string name = definition.Name;
        string? meant = Suggestion.For(name, known);
        if (definition.Layer == VariableLayer.Passwords)
        {
            // One passwords.yml serves every service Kolla has, so only near misses are suspicious.
            if (meant is not null && !model.Names.Layers.Names.Contains(meant)) problems.Add(definition.Place, $"unknown key '{name}'; did you mean '{meant}'?");
            return;
        }
        if (IsUsed(name)) return;
        if (meant is not null)
            problems.Add(definition.Place, $"unknown key '{name}'; did you mean '{meant}'?");
        else if (name.StartsWith(Enable, StringComparison.Ordinal))
            CheckSwitch(definition, known);
        else if (!Array.Exists(switchedOff, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            problems.Add(definition.Place, $"unknown key '{name}': nothing uses it; remove it, or begin its name with custom_ to keep it");
    }

    private void CheckSwitch(VariableDefinition definition, HashSet<string> known)
    {
        if (IsOff(definition)) return;
        string service = definition.Name[Enable.Length..];
        string services = string.Join(", ", known.Where(name => name.StartsWith(Enable, StringComparison.Ordinal)).Select(name => name[Enable.Length..])
            .Where(name => model.Services.Services.Any(one => one.Name == name)).Order(StringComparer.Ordinal));
        problems.Add(definition.Place, definition.Value is YamlScalar { Text: var text } && Truth.Of(text) is null && !TemplateCache.IsTemplate((YamlScalar)definition.Value)
            ? $"{definition.Name}: \"{text}\" is not yes or no"
            : $"{definition.Name}: there is no service '{service}' in this release; set it to \"no\" or remove it (services: {services})");
    }

    private static bool IsOff(VariableDefinition definition) => definition.Value is YamlScalar scalar && Truth.Of(scalar.Value) == false;

    private static bool IsFree(string name) => name.StartsWith("custom_", StringComparison.Ordinal) || name.StartsWith("ansible_", StringComparison.Ordinal);

    private bool IsUsed(string name) => (used ??= CollectUsed()).Contains(name);

    private HashSet<string> CollectUsed()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (VariableDefinition definition in model.OperatorDefinitions().Concat(model.Rules.Defaults))
            Collect(() => model.Names.Templates.NamesIn(definition.Value).Where(name => name != definition.Name));
        foreach (Templated templated in model.Services.Services.SelectMany(ServiceTemplates.All))
            Collect(templated.NamesIn);
        foreach (string file in TemplateFiles())
            Collect(() => Template.Parse(File.ReadAllText(file), file).Names);
        return names;

        void Collect(Func<IEnumerable<string>> find)
        {
            try
            {
                names.UnionWith(find());
            }
            catch (Exception e) when (e is TemplateException or IOException or UnauthorizedAccessException)
            {
                // Reported where the text is rendered; here it only means that we learn no names from it.
            }
        }
    }

    private IEnumerable<string> TemplateFiles()
    {
        IEnumerable<string> own = model.Services.Services.SelectMany(service => FilesBelow(Path.Combine(service.Folder, "config")).Concat(FilesBelow(Path.Combine(service.Folder, "images"))));
        return own.Concat(FilesBelow(OverridesFolder()));
    }

    private string OverridesFolder()
    {
        string fallback = Path.Combine(model.Names.ConfigFolder, "config");
        try
        {
            return model.Hosts.Length > 0 && new SiteVariables(model.Names, null).Of(model.Hosts[0].Name).TryGet("node_custom_config", out object? value) && value is string folder ? folder : fallback;
        }
        catch (TemplateException)
        {
            return fallback;
        }
    }

    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length < 1 << 20) : [];
}
