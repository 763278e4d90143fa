using System.Collections.Immutable;

namespace KollaNet.Engine.Site.Inventory;

/// <summary>Which hosts a group has, children included, and which groups a host is in.</summary>
internal sealed class GroupTree
{
    private readonly HostInventory inventory;
    private readonly Dictionary<string, int> depths = new(StringComparer.Ordinal);

    /// <summary>Resolves an inventory; groups that contain each other (reported elsewhere) do no harm.</summary>
    public GroupTree(HostInventory inventory)
    {
        this.inventory = inventory;
        var members = inventory.Groups.Where(group => group.IsDeclared).ToDictionary(group => group.Name, group => MembersOf(group.Name, []), StringComparer.Ordinal);
        var grouped = members.Where(group => group.Key is not ("all" or "ungrouped")).SelectMany(group => group.Value).ToHashSet(StringComparer.Ordinal);
        members["all"] = [.. inventory.Hosts.Select(host => host.Name)];
        members["ungrouped"] = [.. members["all"].Where(host => !grouped.Contains(host))];
        Groups = members.ToImmutableSortedDictionary(group => group.Key, group => InOrder(group.Value), StringComparer.Ordinal);
        foreach (InventoryGroup group in inventory.Groups) Deepen(group.Name, group.Name == "all" ? 0 : 1, []);
    }

    /// <summary>Group name to its hosts in inventory order; with <c>all</c> and <c>ungrouped</c>.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Groups { get; }

    /// <summary>The groups of a host, <c>all</c> first, parents before their children, then by name.</summary>
    public IEnumerable<string> GroupsOf(string host) => Groups.Where(group => group.Value.Contains(host)).Select(group => group.Key)
        .OrderBy(name => name == "all" ? 0 : depths.GetValueOrDefault(name, 1)).ThenBy(name => name, StringComparer.Ordinal);

    private ImmutableArray<string> InOrder(HashSet<string> hosts) => [.. inventory.Hosts.Select(host => host.Name).Where(hosts.Contains)];

    private HashSet<string> MembersOf(string name, HashSet<string> visited)
    {
        if (inventory.FindGroup(name) is not { } group || !visited.Add(name)) return [];
        var hosts = new HashSet<string>(group.Hosts, StringComparer.Ordinal);
        foreach ((string child, _) in group.Children) hosts.UnionWith(MembersOf(child, visited));
        return hosts;
    }

    private void Deepen(string name, int depth, HashSet<string> path)
    {
        if (inventory.FindGroup(name) is not { } group || !path.Add(name)) return;
        depths[name] = Math.Max(depths.GetValueOrDefault(name), depth);
        foreach ((string child, _) in group.Children) Deepen(child, depth + 1, path);
        path.Remove(name);
    }
}
