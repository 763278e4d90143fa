using System.Collections.Immutable;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Everything read for a site, before and after it was checked.</summary>
internal sealed record SiteModel
{
    /// <summary>What it was read from.</summary>
    public required SiteRequest Request { get; init; }

    /// <summary>In inventory order.</summary>
    public required ImmutableArray<SiteHost> Hosts { get; init; }

    /// <summary>Sorted by name.</summary>
    public required ServiceCatalog Services { get; init; }

    /// <summary>Defaults, types, kinds of passwords.</summary>
    public required SiteRules Rules { get; init; }

    /// <summary>Every definition, group and template.</summary>
    public required SiteNames Names { get; init; }

    /// <summary>The keys <c>passwords.yml</c> holds, set or empty, with their places.</summary>
    public required IReadOnlyDictionary<string, Place> PasswordKeys { get; init; }

    /// <summary>How messages name <c>passwords.yml</c>.</summary>
    public required Place PasswordsFile { get; init; }

    /// <summary>False: there is none.</summary>
    public required bool HasPasswordsFile { get; init; }

    /// <summary>False: there is something of that name, and nothing could be read from it, which is reported.</summary>
    public required bool CanReadPasswords { get; init; }

    /// <summary>Every definition that is the operator's own, those of each host included.</summary>
    public IEnumerable<VariableDefinition> OperatorDefinitions() => Hosts.SelectMany(host => Names.Layers.OfHost(host.Name)).Concat(Names.Layers.Overrides);
}
