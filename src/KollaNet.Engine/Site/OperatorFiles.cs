using System.Collections.Immutable;
using KollaNet.Engine.Site.Inventory;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Reads every place an operator can set a variable in, weakest first.</summary>
internal sealed class OperatorFiles(SiteRequest request, VariableLayers layers, SiteProblems problems)
{
    /// <summary>The path of <c>passwords.yml</c>.</summary>
    public string PasswordsPath => request.PasswordsFile ?? Path.Combine(request.ConfigFolder, "passwords.yml");

    /// <summary>How messages name it.</summary>
    public string PasswordsSource => request.PasswordsFile ?? "passwords.yml";

    /// <summary>The keys <c>passwords.yml</c> holds, set or empty, with their places.</summary>
    public Dictionary<string, Place> PasswordKeys { get; } = new(StringComparer.Ordinal);

    /// <summary>False when <c>passwords.yml</c> is there and nothing could be read from it, which is reported.</summary>
    public bool CanReadPasswords { get; private set; } = true;

    /// <summary>Inventory variables and <c>group_vars</c>, <c>host_vars</c> beside each inventory file.</summary>
    public void ReadInventoryVariables(HostInventory inventory, GroupTree tree)
    {
        string[] folders = [.. request.Inventories.Select(path => Directory.Exists(path) ? path : Path.GetDirectoryName(path) ?? "").Distinct()];
        var groupFiles = tree.Groups.Keys.ToDictionary(group => group, group => FilesFor(folders, "group_vars", group, VariableLayer.Group), StringComparer.Ordinal);
        foreach (InventoryHost host in inventory.Hosts)
        {
            string[] groups = [.. tree.GroupsOf(host.Name)];
            IEnumerable<VariableDefinition> all = groups.SelectMany(group => inventory.FindGroup(group)?.Variables ?? [])
                .Concat(groups.SelectMany(group => groupFiles[group]))
                .Concat(host.Variables)
                .Concat(FilesFor(folders, "host_vars", host.Name, VariableLayer.Host));
            foreach (VariableDefinition definition in all) layers.Add(host.Name, definition);
        }
    }

    /// <summary><c>globals.yml</c>, <c>passwords.yml</c>, <c>globals.d/</c>, then <c>-e</c>.</summary>
    public void ReadGlobals()
    {
        if (!Directory.Exists(request.ConfigFolder))
            problems.Add(new Place(request.ConfigFolder), "the configuration folder does not exist; make it, or name another one with --configdir");
        else if (!File.Exists(Path.Combine(request.ConfigFolder, "globals.yml")))
            problems.Warn(new Place("globals.yml"), $"there is none in {request.ConfigFolder}, so every key keeps its default");
        AddFile(Path.Combine(request.ConfigFolder, "globals.yml"), "globals.yml", VariableLayer.Globals);
        ReadPasswords();
        foreach (string path in FilesIn(Path.Combine(request.ConfigFolder, "globals.d"), ".yml", ".yaml", ".json"))
            AddFile(path, $"globals.d/{Path.GetFileName(path)}", VariableLayer.GlobalsFolder);
        foreach (VariableDefinition definition in ExtraVariables.Read(request.ExtraVariables, problems)) layers.Add(definition);
    }

    private void ReadPasswords()
    {
        int before = problems.Errors.Count;
        VariableDefinition[] read = [.. Definitions(PasswordsPath, PasswordsSource, VariableLayer.Passwords)];
        CanReadPasswords = read.Length > 0 || problems.Errors.Count == before;
        foreach (VariableDefinition definition in read)
        {
            PasswordKeys[definition.Name] = definition.Place;
            // A password made of digits, or the word no, is still a text; an empty one is not set yet.
            if (definition.Value is YamlScalar { Text.Length: 0 } or YamlScalar { Value: null }) continue;
            layers.Add(definition.Value is YamlScalar scalar ? definition with { Value = scalar with { Value = scalar.Text } } : definition);
        }
        if (File.Exists(PasswordsPath) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(PasswordsPath) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            problems.Warn(new Place(PasswordsSource), $"every user of this machine can read it; run: chmod 600 {PasswordsPath}");
    }

    private void AddFile(string path, string source, VariableLayer layer)
    {
        foreach (VariableDefinition definition in Definitions(path, source, layer)) layers.Add(definition);
    }

    private List<VariableDefinition> FilesFor(string[] folders, string kind, string name, VariableLayer layer)
    {
        var found = new List<VariableDefinition>();
        foreach (string folder in folders)
        {
            string start = Path.Combine(folder, kind, name);
            foreach (string path in new[] { start, start + ".yml", start + ".yaml", start + ".json" }.Where(File.Exists).Concat(FilesIn(start, "", ".yml", ".yaml", ".json")))
                found.AddRange(Definitions(path, path, layer));
        }
        return found;
    }

    private IEnumerable<VariableDefinition> Definitions(string path, string source, VariableLayer layer)
    {
        if (ConfigText.Find(path, source, problems) is not { } text) return [];
        return YamlReader.ReadMap(text, source, problems.Errors).Entries.Select(entry => new VariableDefinition(entry.Key, entry.Value, entry.Place, layer));
    }

    private static IEnumerable<string> FilesIn(string folder, params string[] extensions) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder).Where(file => extensions.Contains(Path.GetExtension(file)) && !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)
        : [];
}
