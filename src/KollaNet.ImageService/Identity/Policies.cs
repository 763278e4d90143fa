using System.Collections.Frozen;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Identity;

/// <summary>Decides who may do what: the default rules, overridden by the operator's policy file.</summary>
public sealed class Policies
{
    private readonly PolicyOptions options;
    private volatile FrozenDictionary<string, PolicyRule> rules;

    /// <param name="overrides">Rule name to rule text, from the policy files.</param>
    /// <param name="options">Null for <c>[oslo_policy]</c>'s defaults.</param>
    /// <exception cref="PolicyInvalidException">Lists every rule that cannot be read, and rules that need themselves.</exception>
    public Policies(IReadOnlyDictionary<string, string> overrides, PolicyOptions? options = null)
    {
        this.options = options ?? new PolicyOptions("default", [], true, true);
        rules = Parse(overrides);
    }

    /// <summary>From now on these overrides count.</summary>
    /// <exception cref="PolicyInvalidException">They cannot be used; nothing is changed.</exception>
    public void Replace(IReadOnlyDictionary<string, string> overrides) => rules = Parse(overrides);

    /// <summary>Whether the rule lets the caller do it. A rule nobody wrote falls back to the default rule, as in oslo.policy.</summary>
    public bool Allows(string rule, Caller caller, PolicyTarget target)
    {
        FrozenDictionary<string, PolicyRule> now = rules;
        return (now.TryGetValue(rule, out PolicyRule? found) || now.TryGetValue(options.DefaultRule, out found)) && found.Allows(caller, target, this);
    }

    /// <summary>Whether there is a rule of this name, by default or from the policy files.</summary>
    public bool Has(string rule) => rules.ContainsKey(rule);

    private FrozenDictionary<string, PolicyRule> Parse(IReadOnlyDictionary<string, string> overrides)
    {
        var problems = new List<string>();
        var parsed = new Dictionary<string, PolicyRule>();
        foreach ((string name, string text) in PolicyDefaults.For(options).Where(rule => !overrides.ContainsKey(rule.Key)).Concat(overrides))
        {
            try
            {
                parsed[name] = PolicyParser.Parse(text);
            }
            catch (FormatException e)
            {
                problems.Add($"policy rule {name}: {e.Message}");
            }
        }

        problems.AddRange(parsed.Keys.Where(name => Reaches(parsed, parsed[name], name, [])).Select(name => $"policy rule {name}: needs itself"));
        return problems.Count == 0 ? parsed.ToFrozenDictionary() : throw new PolicyInvalidException(problems);
    }

    private static bool Reaches(Dictionary<string, PolicyRule> all, PolicyRule rule, string name, HashSet<string> seen) => rule switch
    {
        NotRule not => Reaches(all, not.Inner, name, seen),
        AndRule and => Reaches(all, and.Left, name, seen) || Reaches(all, and.Right, name, seen),
        OrRule or => Reaches(all, or.Left, name, seen) || Reaches(all, or.Right, name, seen),
        NamedRule named when named.Name == name => true,
        NamedRule named => seen.Add(named.Name) && all.TryGetValue(named.Name, out PolicyRule? next) && Reaches(all, next, name, seen),
        _ => false,
    };
}

/// <summary>The policy file is wrong.</summary>
public sealed class PolicyInvalidException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
