using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Identity;

/// <summary>Reads <c>property_protection_file</c>: a section per expression, with the keys create, read, update and delete.
/// Source: Glance administration guide, property protections.</summary>
/// <param name="byPolicies"><c>property_protection_rule_format = policies</c>: values name one rule of the policy file instead of roles.</param>
internal sealed class PropertyProtectionFile(string path, bool byPolicies, Policies policies)
{
    private static readonly ImmutableDictionary<string, PropertyOperation> Operations =
        Enum.GetValues<PropertyOperation>().ToImmutableDictionary(operation => operation.ToString().ToLowerInvariant());

    private readonly List<string> problems = [];

    /// <summary>The rules of the configured file; <see cref="PropertyProtections.None"/> when none is configured.</summary>
    /// <exception cref="ConfigurationInvalidException">Everything that is wrong with the file.</exception>
    public static PropertyProtections Read(GlanceOptions options, Policies policies) => options.PropertyProtectionFile is { } path
        ? new PropertyProtectionFile(path, options.PropertyProtectionRuleFormat == "policies", policies).Read()
        : PropertyProtections.None;

    private PropertyProtections Read()
    {
        IReadOnlyList<IniEntry> entries = [];
        try
        {
            string[] lines = File.ReadAllLines(path);
            entries = IniFile.Parse(path, lines, problems);
            ReportEmptySections(lines, entries);
            if (entries.Count == 0 && problems.Count == 0) problems.Add($"{path}: there is no rule in it, so that nobody could do anything; write [.*] for all properties");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"[DEFAULT] property_protection_file: {path} cannot be read: {e.Message}");
        }

        ImmutableArray<PropertyRule> rules = [.. entries.GroupBy(entry => entry.Section).Select(ReadRule).OfType<PropertyRule>()];
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
        return new PropertyProtections(rules.Insert(0, OurOwn()));
    }

    /// <summary>What the service keeps on images for itself is in everybody's way otherwise; clients cannot write it anyhow.</summary>
    private static PropertyRule OurOwn() => new(
        new Regex(@"\Aos_glance_", RegexOptions.CultureInvariant), Operations.Values.ToImmutableDictionary(operation => operation, _ => (PropertyGrant)new ConstantGrant(true)));

    /// <summary>Such a section would hand its names to a later one, which may grant what was to be refused.</summary>
    private void ReportEmptySections(IEnumerable<string> lines, IReadOnlyList<IniEntry> entries) => problems.AddRange(
        lines.Select(line => line.Trim()).Where(line => line.StartsWith('[') && line.EndsWith(']') && entries.All(entry => entry.Section != line[1..^1].Trim()))
            .Select(line => $"{path}: {line} grants and refuses nothing; write at least one of {string.Join(", ", Operations.Keys.Order())}"));

    private PropertyRule? ReadRule(IGrouping<string, IniEntry> section)
    {
        var grants = ImmutableDictionary.CreateBuilder<PropertyOperation, PropertyGrant>();
        foreach (IniEntry entry in section)
        {
            if (!Operations.TryGetValue(entry.Name.ToLowerInvariant(), out PropertyOperation operation)) Report(entry, $"{entry.Name} is not one of {string.Join(", ", Operations.Keys.Order())}");
            else if (ReadGrant(entry) is { } grant) grants[operation] = grant;
        }

        try
        {
            return new PropertyRule(new Regex($@"\A(?:{section.Key})", RegexOptions.CultureInvariant), grants.ToImmutable());
        }
        catch (ArgumentException e)
        {
            Report(section.First(), $"the section's name is not a regular expression ({e.Message})");
            return null;
        }
    }

    private PropertyGrant? ReadGrant(IniEntry entry)
    {
        string[] names = entry.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Contains("@") && names.Contains("!")) return Report(entry, $"{entry.Name} has both '@', everybody, and '!', nobody");
        if (names.Contains("@")) return new ConstantGrant(true);
        if (names.Contains("!")) return new ConstantGrant(false);
        if (!byPolicies) return new RoleGrant([.. names.Select(role => role.ToLowerInvariant())]);
        if (names.Length > 1) return Report(entry, $"{entry.Name} names several policies; with property_protection_rule_format = policies it may name one");
        if (names.Length == 0) return new ConstantGrant(false);
        return policies.Has(names[0]) ? new PolicyGrant(names[0], policies) : Report(entry, $"{entry.Name} names the policy '{names[0]}', which no policy file defines");
    }

    private PropertyGrant? Report(IniEntry entry, string problem)
    {
        problems.Add($"{entry.File}:{entry.Line}: [{entry.Section}] {problem}");
        return null;
    }
}
