using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Variables;

/// <summary>The variables of all hosts under one set of facts: evaluates lazily, once, and sees cycles across hosts.</summary>
internal sealed class SiteVariables
{
    private readonly Dictionary<string, HostVariables> hosts;
    private readonly List<(string Host, VariableDefinition Definition)> evaluating = [];
    private readonly SiteNames names;

    /// <summary>Prepares every host; nothing is evaluated yet.</summary>
    /// <param name="facts">Host name to what is known of it, and asking for a fact of another host is an error; null when no host was reached yet, and all answer with <see cref="FactVariables.Sample"/>.</param>
    public SiteVariables(SiteNames names, IReadOnlyDictionary<string, HostFacts>? facts)
    {
        this.names = names;
        hosts = names.Hosts.ToDictionary(host => host, host => new HostVariables(this, names, host, FactsOf), StringComparer.Ordinal);
        HostVars = new LazyMap(() => names.Hosts, FindHost);

        IReadOnlyDictionary<string, object?> FactsOf(string host) => facts is null ? FactVariables.Sample(host)
            : facts.TryGetValue(host, out HostFacts? known) ? FactVariables.Of(known) : throw FactsUnknown(host);
    }

    /// <summary>One evaluation at a time: values are shared between threads that render.</summary>
    internal object Gate { get; } = new();

    /// <summary>Ansible's <c>hostvars</c>.</summary>
    internal LazyMap HostVars { get; }

    /// <summary>How often a fact was asked for; tells whether an evaluation needed any.</summary>
    internal int FactReads { get; set; }

    /// <exception cref="ArgumentException">The inventory has no such host.</exception>
    public HostVariables Of(string host) => hosts.GetValueOrDefault(host) ?? throw new ArgumentException($"the inventory has no host '{host}'", nameof(host));

    /// <summary>Evaluates a definition, watching for a name that needs itself.</summary>
    internal object? Evaluate(string host, VariableDefinition definition, IVariables scope)
    {
        int start = evaluating.FindIndex(entry => entry.Host == host && ReferenceEquals(entry.Definition, definition));
        if (start >= 0) throw Cycle(evaluating.GetRange(start, evaluating.Count - start), host, definition);
        evaluating.Add((host, definition));
        try
        {
            return names.Templates.Evaluate(definition.Value, scope);
        }
        catch (TemplateException e) when (UndefinedName.In(e.Problem) is { } name && UndefinedName.Hint(name, names) is { Length: > 0 } hint)
        {
            throw new TemplateException(e.TemplateSource, e.Line, e.Column, e.Problem + hint);
        }
        finally
        {
            evaluating.RemoveAt(evaluating.Count - 1);
        }
    }

    /// <summary>The error of asking for a fact of a host that was not looked at yet.</summary>
    internal TemplateException FactsUnknown(string host)
    {
        Place place = evaluating.Count > 0 ? evaluating[^1].Definition.Place : new Place("facts", 1, 1);
        return new TemplateException(place.Source, place.Line, place.Column, $"needs facts of host '{host}', which are unknown until it is reached");
    }

    private static TemplateException Cycle(List<(string Host, VariableDefinition Definition)> chain, string host, VariableDefinition first)
    {
        bool oneHost = chain.TrueForAll(entry => entry.Host == host);
        string links = string.Join(" → ", chain.Select(entry => $"{entry.Definition.Name}{(oneHost ? "" : " of " + entry.Host)} ({entry.Definition.Place})"));
        return new TemplateException(first.Place.Source, first.Place.Line, first.Place.Column, $"'{first.Name}' needs itself: {links} → {first.Name}");
    }

    private bool FindHost(string name, out object? value)
    {
        value = hosts.TryGetValue(name, out HostVariables? host) ? host.AsMap() : null;
        return value is not null;
    }
}

/// <summary>What all evaluations of one site share.</summary>
/// <param name="ConfigFolder">Absolute.</param>
internal sealed record SiteNames(
    ImmutableArray<string> Hosts, ImmutableSortedDictionary<string, ImmutableArray<string>> Groups, VariableLayers Layers, string ConfigFolder)
{
    /// <summary>Templates parsed so far.</summary>
    public TemplateCache Templates { get; } = new();

    /// <summary>Ansible's <c>groups</c>.</summary>
    public IReadOnlyDictionary<string, object?> GroupMap { get; } =
        Groups.ToDictionary(group => group.Key, object? (group) => group.Value.Select(object? (host) => host).ToList(), StringComparer.Ordinal);
}
