using System.Collections.Immutable;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Site;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Services;

/// <summary>Reads the folders of <c>templates/</c> that hold a <c>service.yml</c>; every mistake in them is reported with its place.</summary>
public static class ServiceReader
{
    /// <summary>The file that makes a folder a service.</summary>
    public const string FileName = "service.yml";

    private static readonly string[] SettingNames = ["ipc_mode", "pid_mode", "user", "network_mode", "cap_add", "cap_drop", "security_opt", "devices", "read_only"];

    /// <summary>Reads all services.</summary>
    /// <param name="templatesFolder">Folder whose folders are the services.</param>
    /// <param name="problems">What is wrong with them; empty when all is well.</param>
    public static ServiceCatalog Read(string templatesFolder, out ImmutableArray<SiteProblem> problems)
    {
        var found = new SiteProblems();
        ServiceCatalog catalog = Read(templatesFolder, found);
        problems = SiteProblems.Once(found.Errors);
        return catalog;
    }

    internal static ServiceCatalog Read(string templatesFolder, SiteProblems problems)
    {
        if (!IsThere(templatesFolder, problems)) return new ServiceCatalog([]);
        var services = ImmutableArray.CreateBuilder<ServiceDefinition>();
        foreach (string folder in FoldersOf(templatesFolder))
        {
            string source = SourceOf(folder, FileName);
            if (ConfigText.Find(Path.Combine(folder, FileName), source, problems) is not { } text) continue;
            var fields = new ServiceFields(YamlReader.ReadMap(text, source, problems.Errors), "a service", problems);
            services.Add(ReadService(folder, fields));
            fields.Done();
        }
        var catalog = new ServiceCatalog(services.ToImmutable());
        ServiceLinks.Check(catalog, problems);
        return catalog;
    }

    /// <summary>False, and reported, when there is no such folder, or one of something else.</summary>
    internal static bool IsThere(string templatesFolder, SiteProblems problems)
    {
        if (!Directory.Exists(templatesFolder)) problems.Add(new Place(templatesFolder), "the folder of the services does not exist");
        else if (File.Exists(Path.Combine(templatesFolder, "defaults.yml")) || FoldersOf(templatesFolder).Any(folder => File.Exists(Path.Combine(folder, FileName)))) return true;
        else problems.Add(new Place(templatesFolder), $"no folder in it is a service, with a {FileName}");
        return false;
    }

    /// <summary>The folders of services, sorted by name.</summary>
    internal static IEnumerable<string> FoldersOf(string templatesFolder) =>
        Directory.EnumerateDirectories(Path.GetFullPath(templatesFolder)).Order(StringComparer.Ordinal);

    /// <summary>How messages name a file of a service's folder: <c>templates/glance/service.yml</c>.</summary>
    internal static string SourceOf(string folder, string file) =>
        $"{Path.GetFileName(Path.GetDirectoryName(folder))}/{Path.GetFileName(folder)}/{file}";

    private static ServiceDefinition ReadService(string folder, ServiceFields fields) => new()
    {
        Name = Path.GetFileName(folder),
        Folder = folder,
        Description = fields.Plain("description") ?? "",
        Enabled = fields.Required("enabled"),
        After = [.. fields.List("after").Select(name => name.Text)],
        ProvidesDatabase = fields.Inner("provides_database", "'provides_database'") is { } database ? ReadDatabaseProvider(database) : null,
        ProvidesIdentity = fields.Inner("provides_identity", "'provides_identity'") is { } identity ? ReadIdentityProvider(identity) : null,
        Databases = fields.Each("databases", "a database", one => new DatabaseNeed(one.Required("name"), one.Required("user"), one.Required("password"))),
        Identity = fields.Inner("identity", "'identity'") is { } need ? ReadIdentity(need) : new IdentityNeed(),
        Containers = fields.EachNamed("containers", "container", ReadContainer),
        Jobs = fields.EachNamed("jobs", "job", ReadJob),
        Requirements = fields.Each("requirements", "a requirement", one => new RequirementDefinition(one.Required("check"), one.Required("message"), one.Single("when"))),
        VariableTypes = fields.Map("variable_types").ToImmutableSortedDictionary(type => type.Key, type => type.Value.Text, StringComparer.Ordinal),
    };

    private static DatabaseProvider ReadDatabaseProvider(ServiceFields fields)
    {
        var provider = new DatabaseProvider(fields.Required("host"), fields.Required("port"), fields.Required("user"), fields.Required("password"));
        fields.Done();
        return provider;
    }

    private static IdentityProvider ReadIdentityProvider(ServiceFields fields)
    {
        var provider = new IdentityProvider(
            fields.Required("auth_url"), fields.Required("user"), fields.Required("password"), fields.Required("project"), fields.Required("region"));
        fields.Done();
        return provider;
    }

    private static IdentityNeed ReadIdentity(ServiceFields fields)
    {
        var need = new IdentityNeed
        {
            Services = fields.Each("services", "a catalogue entry", one => new CatalogueEntry(
                one.Required("name"), one.Required("type"), one.Single("description") ?? one.Required("name"), one.Map("endpoints"))),
            Users = fields.Each("users", "a user", one => new IdentityUser(one.Required("name"), one.Required("password"), one.Required("project"), one.List("roles"))),
            Roles = fields.List("roles"),
        };
        fields.Done();
        return need;
    }

    private static ContainerDefinition ReadContainer(string name, ServiceFields fields) => new()
    {
        Name = name,
        Group = fields.RequiredPlain("group"),
        When = fields.Single("when"),
        Hosts = fields.Any("hosts"),
        Image = fields.Required("image"),
        ConfigFolder = fields.Plain("config_folder"),
        Files = fields.Each("files", "a file", ReadFile),
        Environment = fields.Map("environment"),
        Volumes = fields.List("volumes"),
        Tmpfs = fields.List("tmpfs"),
        Dimensions = fields.Any("dimensions"),
        HealthCheck = fields.Any("healthcheck"),
        Ready = fields.Inner("ready", "'ready'") is { } ready ? ReadReady(ready) : null,
        Listens = fields.List("listens"),
        Validate = fields.Commands("validate"),
        Guards = fields.Commands("guards"),
        Preflight = fields.Inner("preflight", "'preflight'") is { } preflight ? ReadPreflight(preflight) : null,
        Keeps = fields.Inner("keeps", "'keeps'") is { } keeps ? ReadKeeps(keeps) : null,
        Commands = fields.Map("commands"),
        Data = fields.Each("data", "a data folder", one => new DataFolder(one.RequiredPlain("path"), one.RequiredPlain("holds"), one.Plain("below") ?? "")),
        Privileged = fields.Single("privileged"),
        Command = fields.Any("command"),
        Settings = SettingNames.Select(key => KeyValuePair.Create(key, fields.Any(key))).Where(setting => setting.Value is not null)
            .ToImmutableSortedDictionary(setting => setting.Key, setting => setting.Value!, StringComparer.Ordinal),
    };

    private static ConfigFileDefinition ReadFile(ServiceFields fields) => new()
    {
        Loop = fields.Any("loop"),
        Name = fields.Required("name"),
        Template = fields.Plain("template"),
        Format = fields.Choice("format", "text", "text", "ini", "cnf", "json", "yaml"),
        Overrides = fields.List("overrides"),
        When = fields.Single("when"),
        Keeping = fields.Plain("keeping"),
        StaysWhen = fields.Single("stays_when"),
        Optional = fields.Flag("optional", false),
        Mode = fields.Plain("mode") ?? "0660",
    };

    private static PreflightDefinition ReadPreflight(ServiceFields fields)
    {
        var preflight = new PreflightDefinition(fields.RequiredAny("command"), fields.Map("without"), fields.Single("when"));
        fields.Done();
        return preflight;
    }

    private static KeepsDefinition ReadKeeps(ServiceFields fields)
    {
        var keeps = new KeepsDefinition(fields.RequiredAny("command"), fields.Any("needs"));
        fields.Done();
        return keeps;
    }

    private static ReadyDefinition ReadReady(ServiceFields fields)
    {
        var ready = new ReadyDefinition(fields.Single("url"), fields.Single("tcp"), fields.List("exec"), fields.Required("within"));
        if ((ready.Url is null ? 0 : 1) + (ready.Tcp is null ? 0 : 1) + (ready.Exec.IsEmpty ? 0 : 1) != 1)
            fields.Report("'ready' takes exactly one of url, tcp and exec");
        fields.Done();
        return ready;
    }

    private static JobDefinition ReadJob(string name, ServiceFields fields) => new()
    {
        Name = name,
        Container = fields.RequiredPlain("container"),
        Run = fields.Choice("run", "before", "before", "inside"),
        Command = fields.ListOrNull("command"),
        Environment = fields.Map("environment"),
        User = fields.Plain("user"),
        Unless = fields.Choice("unless", "", "identity_login") is { Length: > 0 } unless ? unless : null,
        Volumes = fields.ListOrNull("volumes"),
        OnFirstHost = fields.Flag("on_first_host", true),
        Within = fields.Single("within"),
    };
}
