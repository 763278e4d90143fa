using System.Collections.Frozen;

namespace KollaNet.ImageService.Identity;

/// <summary>Decides who may do what: the default rules, overridden by the operator's policy file.</summary>
public sealed class Policies
{
    private readonly FrozenDictionary<string, PolicyRule> rules;

    /// <param name="overrides">Rule name to rule text, from the policy file.</param>
    /// <exception cref="PolicyInvalidException">Lists every rule that cannot be read, and rules that need themselves.</exception>
    public Policies(IReadOnlyDictionary<string, string> overrides)
    {
        var problems = new List<string>();
        var parsed = new Dictionary<string, PolicyRule>();
        foreach ((string name, string text) in PolicyDefaults.Rules.Where(rule => !overrides.ContainsKey(rule.Key)).Concat(overrides))
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
        if (problems.Count > 0) throw new PolicyInvalidException(problems);
        rules = parsed.ToFrozenDictionary();
    }

    /// <summary>Whether the rule lets the caller do it. A rule nobody wrote falls back to <c>default</c>, as in oslo.policy.</summary>
    public bool Allows(string rule, Caller caller, PolicyTarget target) =>
        (rules.TryGetValue(rule, out PolicyRule? found) || rules.TryGetValue("default", out found)) && found.Allows(caller, target, this);

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
