using System.Collections.Immutable;
using System.CommandLine;
using KollaNet.Engine.Site;

namespace KollaNet.Cli.Commands;

/// <summary>The options every command takes, with Kolla's names and defaults. Source: kolla-ansible, command-line reference.</summary>
internal sealed class SiteOptions
{
    private const string DefaultConfigFolder = "/etc/kolla";

    public Option<string> ConfigFolder { get; }

    public Option<string[]> Inventory { get; } = new("--inventory", "-i") { Description = "Inventory file; may be given several times. Default: CONFIGDIR/inventory, else inventories/all-in-one.", Recursive = true };

    public Option<string?> Passwords { get; } = new("--passwords") { Description = "Passwords file. Default: CONFIGDIR/passwords.yml.", Recursive = true };

    public Option<string[]> ExtraVariables { get; } = new("--extra-vars", "-e") { Description = "KEY=VALUE, @FILE or a YAML mapping; wins over every file. May be given several times.", Recursive = true };

    public Option<string?> Limit { get; } = new("--limit", "-l") { Description = "Only these hosts and groups, comma-separated; ! excludes.", Recursive = true };

    public Option<string[]> Tags { get; } = new("--tags", "-t") { Description = "Only these services, comma-separated.", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "One JSON object per event, for machines.", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Every step, and what running steps say.", Recursive = true };

    private readonly Option<string?> templates = new("--templates") { Description = "Folder of the services. Default: templates/ beside the program.", Recursive = true };

    private readonly string root;

    public SiteOptions(CommandServices services)
    {
        ConfigFolder = new Option<string>("--configdir")
        {
            Description = $"Folder of globals.yml and passwords.yml. Default: $KOLLA_CONFIG_PATH, else {DefaultConfigFolder}.",
            DefaultValueFactory = _ => services.Environment("KOLLA_CONFIG_PATH") is { Length: > 0 } set ? set : DefaultConfigFolder,
            Recursive = true,
        };
        root = services.ProgramFolder;
        ConfigFolder.NamesPath();
        Inventory.NamesPath();
        Passwords.NamesPath();
        templates.NamesPath();
    }

    public IEnumerable<Option> All => [ConfigFolder, Inventory, Passwords, ExtraVariables, Limit, Tags, Json, Verbose, templates];

    /// <summary>Where the site's configuration is, as the command line says.</summary>
    public SiteRequest Site(ParseResult line)
    {
        string configFolder = Path.GetFullPath(line.GetValue(ConfigFolder)!);
        return new SiteRequest
        {
            ConfigFolder = configFolder,
            TemplatesFolder = Path.GetFullPath(line.GetValue(templates) ?? Path.Combine(root, "templates")),
            Inventories = [.. line.GetValue(Inventory) is { Length: > 0 } given ? given : [DefaultInventory(configFolder)]],
            PasswordsFile = line.GetValue(Passwords),
            ExtraVariables = [.. line.GetValue(ExtraVariables) ?? []],
            Limit = line.GetValue(Limit),
            Tags = [.. (line.GetValue(Tags) ?? []).SelectMany(tags => tags.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
        };
    }

    /// <summary>The operator's own inventory wins over the one that comes along.</summary>
    private string DefaultInventory(string configFolder)
    {
        ImmutableArray<string> candidates = [Path.Combine(configFolder, "inventory"), Path.Combine(configFolder, "ansible", "inventory", "all-in-one")];
        return candidates.FirstOrDefault(File.Exists) ?? Path.Combine(root, "inventories", "all-in-one");
    }
}
