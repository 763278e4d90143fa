using System.Collections.Immutable;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Site.Variables;

/// <summary>What templates see for one host.</summary>
internal sealed class HostVariables(SiteVariables site, SiteNames names, string host, Func<string, IReadOnlyDictionary<string, object?>> findFacts) : IVariables
{
    /// <summary>Names that are there without being defined. Source: Ansible, "Special variables".</summary>
    internal static readonly ImmutableArray<string> Magic =
        ["inventory_hostname", "inventory_hostname_short", "groups", "group_names", "hostvars", "play_hosts", "ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch", "CONFIG_DIR", "ansible_facts"];

    private readonly Dictionary<string, (object? Value, bool NeedsFacts)> values = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, object?>? factMap;

    /// <summary>The inventory's name for it.</summary>
    public string Host => host;

    /// <inheritdoc/>
    public bool TryGet(string name, out object? value)
    {
        lock (site.Gate)
        {
            if (TryKnown(name, out value) || TryMagic(name, out value)) return true;
            int factReads = site.FactReads;
            if (names.Layers.Find(host, name) is { } definition) value = site.Evaluate(host, definition, this);
            else if (!TryFact(name, out value)) return false;
            values[name] = (value, site.FactReads != factReads);
            return true;
        }
    }

    /// <summary>The definition that wins for a name; null when nothing defines it.</summary>
    internal VariableDefinition? Definition(string name) => names.Layers.Find(host, name);

    /// <summary>The same as a mapping, for <c>hostvars</c>.</summary>
    internal LazyMap AsMap() => new(() => names.Layers.Names.Concat(Magic).Where(name => name != "hostvars"), TryGet);

    private bool TryKnown(string name, out object? value)
    {
        bool known = values.TryGetValue(name, out (object? Value, bool NeedsFacts) found);
        if (found.NeedsFacts) site.FactReads++;
        value = found.Value;
        return known;
    }

    private bool TryMagic(string name, out object? value)
    {
        value = name switch
        {
            "inventory_hostname" => host,
            "inventory_hostname_short" => System.Net.IPAddress.TryParse(host, out _) ? host : host.Split('.')[0],
            "groups" => names.GroupMap,
            "group_names" => names.Groups.Where(group => group.Key != "all" && group.Value.Contains(host)).Select(object? (group) => group.Key).ToList(),
            "hostvars" => site.HostVars,
            "play_hosts" or "ansible_play_hosts" or "ansible_play_hosts_all" or "ansible_play_batch" => names.Hosts.Select(object? (name) => name).ToList(),
            "CONFIG_DIR" => names.ConfigFolder,
            "ansible_facts" => Facts(),
            KeptParts.NamesVariable => Array.Empty<object?>(),
            KeptParts.DeployedVariable => ImmutableDictionary<string, object?>.Empty,
            _ => null,
        };
        return value is not null;
    }

    private bool TryFact(string name, out object? value)
    {
        value = null;
        const string Prefix = "ansible_";
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || Connection.Variables.Contains(name)) return false;
        return Facts().TryGetValue(name[Prefix.Length..], out value);
    }

    private IReadOnlyDictionary<string, object?> Facts()
    {
        site.FactReads++;
        return factMap ??= findFacts(host);
    }
}
