using System.Collections.Immutable;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site.Passwords;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>What the templates folder says besides its services: defaults, types, kinds of passwords.</summary>
internal sealed record SiteRules
{
    /// <summary>Every default, in the order of the files.</summary>
    public required ImmutableArray<VariableDefinition> Defaults { get; init; }

    /// <summary>Name to type; <see cref="ServiceDefinition.VariableTypes"/> of all services included.</summary>
    public required ImmutableSortedDictionary<string, string> VariableTypes { get; init; }

    /// <summary>See <see cref="VariableLayers.Aliases"/>.</summary>
    public required ImmutableSortedDictionary<string, string> Aliases { get; init; }

    /// <summary>Conditions on the site as a whole.</summary>
    public required ImmutableArray<RequirementDefinition> Requirements { get; init; }

    /// <summary>The keys of <c>passwords.yml</c> that services need.</summary>
    public required ImmutableArray<PasswordNeed> Passwords { get; init; }

    /// <summary>Reads them.</summary>
    public static SiteRules Read(string templatesFolder, ServiceCatalog services, SiteProblems problems)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(templatesFolder)));
        YamlMap Map(string path, string source) => YamlReader.ReadMap(ConfigText.Find(path, source, problems) ?? "", source, problems.Errors);
        var site = new ServiceFields(Map(Path.Combine(templatesFolder, "site.yml"), $"{name}/site.yml"), "site.yml", problems);
        VariableDefinition[] defaults = [.. Definitions(Map(Path.Combine(templatesFolder, "defaults.yml"), $"{name}/defaults.yml"))];
        foreach (string folder in Folders(templatesFolder))
            defaults = [.. defaults, .. Definitions(Map(Path.Combine(folder, "defaults.yml"), ServiceReader.SourceOf(folder, "defaults.yml")))];
        var rules = new SiteRules
        {
            Defaults = [.. defaults],
            VariableTypes = site.Map("variable_types").Select(type => KeyValuePair.Create(type.Key, type.Value.Text))
                .Concat(services.Services.SelectMany(service => service.VariableTypes)).GroupBy(type => type.Key, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(type => type.Key, type => type.Last().Value, StringComparer.Ordinal),
            Aliases = site.Map("aliases").ToImmutableSortedDictionary(alias => alias.Key, alias => alias.Value.Text, StringComparer.Ordinal),
            Requirements = site.Each("requirements", "a requirement", one => new RequirementDefinition(one.Required("check"), one.Required("message"), one.Single("when"))),
            Passwords = ReadPasswords(templatesFolder, problems),
        };
        site.Done();
        ReportDuplicates(rules.Defaults, problems);
        return rules;
    }

    /// <summary>Reads only the kinds of passwords.</summary>
    public static ImmutableArray<PasswordNeed> ReadPasswords(string templatesFolder, SiteProblems problems)
    {
        var needs = ImmutableArray.CreateBuilder<PasswordNeed>();
        foreach (string folder in Folders(templatesFolder))
        {
            string source = ServiceReader.SourceOf(folder, "passwords.yml");
            string text = ConfigText.Find(Path.Combine(folder, "passwords.yml"), source, problems) ?? "";
            needs.AddRange(PasswordNeed.Read(Path.GetFileName(folder), YamlReader.ReadMap(text, source, problems.Errors), problems));
        }
        return needs.ToImmutable();
    }

    private static IEnumerable<string> Folders(string templatesFolder) => Directory.Exists(templatesFolder) ? ServiceReader.FoldersOf(templatesFolder) : [];

    private static IEnumerable<VariableDefinition> Definitions(YamlMap map) =>
        map.Entries.Select(entry => new VariableDefinition(entry.Key, entry.Value, entry.Place, VariableLayer.Default));

    private static void ReportDuplicates(ImmutableArray<VariableDefinition> defaults, SiteProblems problems)
    {
        foreach (IGrouping<string, VariableDefinition> group in defaults.GroupBy(definition => definition.Name, StringComparer.Ordinal))
        {
            foreach (VariableDefinition again in group.Skip(1))
                problems.Add(again.Place, $"'{again.Name}' already has a default in {group.First().Place}");
        }
    }
}
