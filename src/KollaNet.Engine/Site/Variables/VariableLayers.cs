namespace KollaNet.Engine.Site.Variables;

/// <summary>Every definition of every name, for all hosts. Filled once, then only read.</summary>
internal sealed class VariableLayers
{
    private readonly Dictionary<string, List<VariableDefinition>> defaults = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<VariableDefinition>> overrides = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, List<VariableDefinition>>> hosts = new(StringComparer.Ordinal);
    private readonly SortedSet<string> names = new(StringComparer.Ordinal);

    /// <summary>Every name anything defines, for any host.</summary>
    public IReadOnlyCollection<string> Names => names;

    /// <summary>Two names for one thing: a name whose default gives way to what the operator set under the other.</summary>
    public Dictionary<string, string> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>Definitions from <c>templates/</c>.</summary>
    public IEnumerable<VariableDefinition> Defaults => defaults.Values.SelectMany(list => list);

    /// <summary>Definitions that hold for every host and are the operator's own: globals, passwords, <c>-e</c>.</summary>
    public IEnumerable<VariableDefinition> Overrides => overrides.Values.SelectMany(list => list);

    /// <summary>Adds a definition for all hosts; of two in one layer the later wins.</summary>
    public void Add(VariableDefinition definition) =>
        Add(definition.Layer == VariableLayer.Default ? defaults : overrides, definition);

    /// <summary>Adds a definition for one host.</summary>
    public void Add(string host, VariableDefinition definition)
    {
        if (!hosts.TryGetValue(host, out Dictionary<string, List<VariableDefinition>>? own)) hosts[host] = own = new(StringComparer.Ordinal);
        Add(own, definition);
    }

    /// <summary>Definitions of one host and its groups.</summary>
    public IEnumerable<VariableDefinition> OfHost(string host) => hosts.TryGetValue(host, out var own) ? own.Values.SelectMany(list => list) : [];

    /// <summary>The definition that wins on a host; null when nothing defines the name there.</summary>
    public VariableDefinition? Find(string host, string name)
    {
        VariableDefinition? found = Strongest(host, name);
        return found is { Layer: VariableLayer.Default } && Aliases.TryGetValue(name, out string? other) && Strongest(host, other) is { Layer: > VariableLayer.Default } set
            ? set : found;
    }

    /// <summary>All definitions of a name on a host, weakest first.</summary>
    public IEnumerable<VariableDefinition> All(string host, string name)
    {
        IEnumerable<VariableDefinition> Of(Dictionary<string, List<VariableDefinition>>? from) => from is not null && from.TryGetValue(name, out var list) ? list : [];
        return Of(defaults).Concat(Of(hosts.GetValueOrDefault(host))).Concat(Of(overrides));
    }

    private VariableDefinition? Strongest(string host, string name)
    {
        if (overrides.TryGetValue(name, out var list) || (hosts.TryGetValue(host, out var own) && own.TryGetValue(name, out list)) || defaults.TryGetValue(name, out list))
            return list[^1];
        return null;
    }

    private void Add(Dictionary<string, List<VariableDefinition>> to, VariableDefinition definition)
    {
        if (!to.TryGetValue(definition.Name, out List<VariableDefinition>? list)) to[definition.Name] = list = [];
        list.Add(definition);
        names.Add(definition.Name);
    }
}
