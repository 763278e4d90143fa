using System.Collections.Immutable;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Inventory;

/// <summary>Reads inventory files, INI or YAML, into one <see cref="HostInventory"/> and checks that their groups fit together.</summary>
internal static class InventoryReader
{
    private static readonly string[] FoldersOfVariables = ["group_vars", "host_vars"];

    /// <summary>Reads all of them; later files add to earlier ones.</summary>
    public static HostInventory Read(ImmutableArray<string> paths, SiteProblems problems)
    {
        var inventory = new HostInventory();
        if (paths.IsDefaultOrEmpty) problems.Add(new Place("--inventory"), "no inventory is given; name one, for example inventories/all-in-one");
        foreach (string path in paths.IsDefault ? [] : paths.SelectMany(FilesOf)) ReadFile(inventory, path, problems);
        CheckChildren(inventory, problems);
        return inventory;
    }

    private static IEnumerable<string> FilesOf(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path).Where(file => Path.GetExtension(file) is "" or ".ini" or ".yml" or ".yaml" && !FoldersOfVariables.Contains(Path.GetFileName(file)))
            .Order(StringComparer.Ordinal)
        : [path];

    private static void ReadFile(HostInventory inventory, string path, SiteProblems problems)
    {
        if (ConfigText.Find(path, path, problems) is not { } text)
        {
            if (!Path.Exists(path)) problems.Add(new Place(path), "the inventory file does not exist");
            return;
        }
        if (IsYaml(path, text)) new YamlInventoryReader(inventory, path, problems).Read(text);
        else new IniInventoryReader(inventory, path, problems).Read(text);
    }

    private static bool IsYaml(string path, string text)
    {
        if (Path.GetExtension(path) is ".yml" or ".yaml" or ".json") return true;
        string? first = text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0 && line[0] is not ('#' or ';'));
        return first is "---" or "all:";
    }

    private static void CheckChildren(HostInventory inventory, SiteProblems problems)
    {
        foreach (InventoryGroup group in inventory.Groups)
        {
            foreach ((string name, Place place) in group.Children)
            {
                if (inventory.FindGroup(name) is not { IsDeclared: true })
                    problems.Add(place, $"[{group.Name}:children] names group '{name}', which no inventory file has{Suggestion.Phrase(name, Declared(inventory))}");
            }
            if (!group.IsDeclared && inventory.Groups.All(other => !other.Children.Exists(child => child.Name == group.Name)))
                problems.Add(group.Place, $"[{group.Name}:vars] is about group '{group.Name}', which no inventory file has{Suggestion.Phrase(group.Name, Declared(inventory))}");
        }
        ReportCycles(inventory, problems);
    }

    private static IEnumerable<string> Declared(HostInventory inventory) => inventory.Groups.Where(group => group.IsDeclared).Select(group => group.Name);

    private static void ReportCycles(HostInventory inventory, SiteProblems problems)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        var path = new List<string>();
        foreach (InventoryGroup group in inventory.Groups) Visit(group);

        void Visit(InventoryGroup group)
        {
            if (done.Contains(group.Name)) return;
            path.Add(group.Name);
            foreach ((string name, Place place) in group.Children)
            {
                int start = path.IndexOf(name);
                if (start >= 0) problems.Add(place, $"groups contain each other: {string.Join(" → ", path.Skip(start))} → {name}");
                else if (inventory.FindGroup(name) is { } child) Visit(child);
            }
            path.RemoveAt(path.Count - 1);
            done.Add(group.Name);
        }
    }
}
