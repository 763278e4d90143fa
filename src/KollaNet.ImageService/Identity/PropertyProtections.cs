using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace KollaNet.ImageService.Identity;

/// <summary>What somebody does to a custom property.</summary>
public enum PropertyOperation
{
    /// <summary>Gives an image a property that it does not have.</summary>
    Create,

    /// <summary>Sees it.</summary>
    Read,

    /// <summary>Changes its value.</summary>
    Update,

    /// <summary>Takes it away.</summary>
    Delete,
}

/// <summary>Who may touch which custom property: the first rule whose expression a name begins with decides, and a name without a rule is nobody's.
/// Source: Glance, property protections; image-api reference 9.3.</summary>
public sealed class PropertyProtections
{
    // Names are clients' own: what is remembered about them must not grow for ever.
    private const int MostRemembered = 4096;
    private readonly ImmutableArray<PropertyRule> rules;
    private readonly ConcurrentDictionary<string, PropertyRule> byName = new(StringComparer.Ordinal);

    /// <param name="rules">In the order of the file.</param>
    internal PropertyProtections(ImmutableArray<PropertyRule> rules) => this.rules = rules;

    /// <summary>Everybody may do everything, as without a file.</summary>
    public static PropertyProtections None { get; } = new([]);

    /// <summary>Whether there are rules at all: which one is meant then depends on the exact name.</summary>
    public bool Any => rules.Length > 0;

    /// <summary>Whether the caller may do this to properties of this name.</summary>
    public bool Allows(PropertyOperation operation, string name, Caller caller) => !Any || RuleFor(name).Allows(operation, caller);

    private PropertyRule RuleFor(string name)
    {
        if (byName.TryGetValue(name, out PropertyRule? known)) return known;
        PropertyRule found = rules.FirstOrDefault(rule => rule.Covers(name)) ?? PropertyRule.Nobody;
        if (byName.Count < MostRemembered) byName[name] = found;
        return found;
    }
}
