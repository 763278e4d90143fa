using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Inventory;

/// <summary>Reads an inventory in Ansible's YAML form into a <see cref="HostInventory"/>.</summary>
internal sealed class YamlInventoryReader(HostInventory inventory, string source, SiteProblems problems)
{
    private static readonly string[] Parts = ["hosts", "children", "vars"];

    /// <summary>Reads the whole file.</summary>
    public void Read(string text)
    {
        foreach (YamlEntry entry in YamlReader.ReadMap(text, source, problems.Errors).Entries) ReadGroup(entry);
    }

    private void ReadGroup(YamlEntry entry)
    {
        InventoryGroup group = inventory.Group(entry.Key, entry.Place);
        if (MapOf(entry, "a group holds hosts, children and vars") is not { } parts) return;
        group.IsDeclared = true;
        foreach (YamlEntry part in parts.Entries)
        {
            if (!Parts.Contains(part.Key))
            {
                problems.Add(part.Place, $"'{part.Key}' cannot stand in group '{group.Name}', only hosts, children and vars can{Suggestion.Phrase(part.Key, Parts)}");
                continue;
            }
            if (MapOf(part, $"'{part.Key}' is a mapping: names followed by ':'") is not { } members) continue;
            foreach (YamlEntry member in members.Entries) ReadMember(group, part.Key, member);
        }
    }

    private void ReadMember(InventoryGroup group, string part, YamlEntry member)
    {
        if (part == "vars")
            group.Variables.Add(new VariableDefinition(member.Key, member.Value, member.Place, VariableLayer.Group));
        else if (part == "hosts")
            ReadHost(group, member);
        else
        {
            if (!group.Children.Exists(child => child.Name == member.Key)) group.Children.Add((member.Key, member.Place));
            // An empty child may be defined elsewhere; naming it with content here defines it.
            if (member.Value is YamlScalar { Value: null }) inventory.Group(member.Key, member.Place).IsDeclared = true;
            else ReadGroup(member);
        }
    }

    private void ReadHost(InventoryGroup group, YamlEntry member)
    {
        if (MapOf(member, "a host holds its variables as a mapping") is not { } variables) return;
        (string pattern, string? port) = HostPattern.SplitPort(member.Key);
        try
        {
            foreach (string name in HostPattern.Expand(pattern))
            {
                InventoryHost host = inventory.Host(name, member.Place);
                host.Variables.AddRange(variables.Entries.Select(v => new VariableDefinition(v.Key, v.Value, v.Place, VariableLayer.Host)));
                if (port is not null)
                    host.Variables.Add(new VariableDefinition("ansible_port", IniValue.Read(port, member.Place, problems), member.Place, VariableLayer.Host));
                if (!group.Hosts.Contains(name)) group.Hosts.Add(name);
            }
        }
        catch (FormatException e)
        {
            problems.Add(member.Place, e.Message);
        }
    }

    private YamlMap? MapOf(YamlEntry entry, string wanted)
    {
        if (entry.Value is YamlMap map) return map;
        if (entry.Value is YamlScalar { Value: null }) return new YamlMap(entry.Place, []);
        problems.Add(entry.Value.Place, $"'{entry.Key}' is {entry.Value.Kind}; {wanted}");
        return null;
    }
}
