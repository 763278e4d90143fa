using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Inventory;

/// <summary>Hosts and groups of all inventory files together, as they were written.</summary>
internal sealed class HostInventory
{
    private readonly Dictionary<string, InventoryGroup> groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InventoryHost> hosts = new(StringComparer.Ordinal);
    private readonly List<InventoryHost> hostOrder = [];
    private readonly List<InventoryGroup> groupOrder = [];

    /// <summary>In the order they were first named.</summary>
    public IReadOnlyList<InventoryHost> Hosts => hostOrder;

    /// <summary>In the order they were first named; <c>all</c> only when a file names it.</summary>
    public IReadOnlyList<InventoryGroup> Groups => groupOrder;

    /// <summary>A group, made when it is new.</summary>
    public InventoryGroup Group(string name, Place place)
    {
        if (groups.TryGetValue(name, out InventoryGroup? group)) return group;
        groups[name] = group = new InventoryGroup(name, place);
        groupOrder.Add(group);
        return group;
    }

    /// <summary>A group; null when no file names it.</summary>
    public InventoryGroup? FindGroup(string name) => groups.GetValueOrDefault(name);

    /// <summary>A host, made when it is new.</summary>
    public InventoryHost Host(string name, Place place)
    {
        if (hosts.TryGetValue(name, out InventoryHost? host)) return host;
        hosts[name] = host = new InventoryHost(name, place);
        hostOrder.Add(host);
        return host;
    }

    /// <summary>A host; null when no file names it.</summary>
    public InventoryHost? FindHost(string name) => hosts.GetValueOrDefault(name);
}

/// <summary>A group as written.</summary>
/// <param name="place">Where it is first named.</param>
internal sealed class InventoryGroup(string name, Place place)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Where it is first named.</summary>
    public Place Place { get; } = place;

    /// <summary>True once it has a section of its own; false while it is only named as a child.</summary>
    public bool IsDeclared { get; set; }

    /// <summary>Hosts named in it directly.</summary>
    public List<string> Hosts { get; } = [];

    /// <summary>Groups named in it directly.</summary>
    public List<(string Name, Place Place)> Children { get; } = [];

    /// <summary>Its variables.</summary>
    public List<VariableDefinition> Variables { get; } = [];
}

/// <summary>A host as written.</summary>
/// <param name="place">Where it is first named.</param>
internal sealed class InventoryHost(string name, Place place)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Where it is first named.</summary>
    public Place Place { get; } = place;

    /// <summary>Its variables.</summary>
    public List<VariableDefinition> Variables { get; } = [];
}
