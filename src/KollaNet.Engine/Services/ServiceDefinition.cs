using System.Collections.Immutable;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Services;

/// <summary>A service as its folder describes it: <c>templates/NAME/service.yml</c>, every value still a template. <c>docs/services.md</c> explains each key.</summary>
public sealed record ServiceDefinition
{
    /// <summary>The folder's name.</summary>
    public required string Name { get; init; }

    /// <summary>The folder itself, absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>Template that gives a boolean.</summary>
    public required Templated Enabled { get; init; }

    /// <summary>Services that must be ready first; a disabled one does not count.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>Set by the one service that others get databases from.</summary>
    public DatabaseProvider? ProvidesDatabase { get; init; }

    /// <summary>Set by the one service that others register themselves with.</summary>
    public IdentityProvider? ProvidesIdentity { get; init; }

    /// <summary>Databases with a user each.</summary>
    public ImmutableArray<DatabaseNeed> Databases { get; init; } = [];

    /// <summary>What is registered in Keystone.</summary>
    public IdentityNeed Identity { get; init; } = new();

    /// <summary>Containers by name, in start order.</summary>
    public ImmutableArray<ContainerDefinition> Containers { get; init; } = [];

    /// <summary>One-shot work: before the containers (in a container of its own) or after (inside a running one).</summary>
    public ImmutableArray<JobDefinition> Jobs { get; init; } = [];

    /// <summary>Checks that <c>prechecks</c> makes besides the general ones.</summary>
    public ImmutableArray<RequirementDefinition> Requirements { get; init; } = [];

    /// <summary>Variables whose presence or type is checked before anything runs: name to <c>bool</c>, <c>int</c>, <c>port</c>, <c>address</c>, <c>string</c>, <c>list</c>, <c>map</c> or <c>one of a, b</c>.</summary>
    public ImmutableSortedDictionary<string, string> VariableTypes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>How to reach the database server as its administrator.</summary>
public sealed record DatabaseProvider(Templated Host, Templated Port, Templated User, Templated Password);

/// <summary>How to reach Keystone as its administrator.</summary>
public sealed record IdentityProvider(Templated AuthUrl, Templated User, Templated Password, Templated Project, Templated Region);

/// <summary>A database and the user that owns it.</summary>
public sealed record DatabaseNeed(Templated Name, Templated User, Templated Password);

/// <summary>What a service registers in Keystone; all of it looked up first, and only then made or corrected.</summary>
public sealed record IdentityNeed
{
    /// <summary>Catalogue entries.</summary>
    public ImmutableArray<CatalogueEntry> Services { get; init; } = [];

    /// <summary>Service users, in domain Default.</summary>
    public ImmutableArray<IdentityUser> Users { get; init; } = [];

    /// <summary>Roles that must exist.</summary>
    public ImmutableArray<Templated> Roles { get; init; } = [];
}

/// <param name="Endpoints">Interface (<c>internal</c>, <c>public</c>, <c>admin</c>) to URL.</param>
public sealed record CatalogueEntry(Templated Name, Templated Type, Templated Description, ImmutableSortedDictionary<string, Templated> Endpoints);

/// <param name="Roles">Roles of the user in <paramref name="Project"/>.</param>
public sealed record IdentityUser(Templated Name, Templated Password, Templated Project, ImmutableArray<Templated> Roles);

/// <summary>One container of a service, as data.</summary>
public sealed record ContainerDefinition
{
    /// <summary>Kolla's container name, for example <c>glance_api</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Inventory group whose hosts run it.</summary>
    public required string Group { get; init; }

    /// <summary>Boolean template; null for always.</summary>
    public Templated? When { get; init; }

    /// <summary>List of hosts, narrowing the group; null for all of the group.</summary>
    public Templated? Hosts { get; init; }

    /// <summary>Image reference.</summary>
    public required Templated Image { get; init; }

    /// <summary>Folder below <c>node_config_directory</c> that the container reads its configuration from; null for none.</summary>
    public string? ConfigFolder { get; init; }

    /// <summary>Files rendered into <see cref="ConfigFolder"/>.</summary>
    public ImmutableArray<ConfigFileDefinition> Files { get; init; } = [];

    /// <summary>Environment variables.</summary>
    public ImmutableSortedDictionary<string, Templated> Environment { get; init; } = ImmutableSortedDictionary<string, Templated>.Empty;

    /// <summary><c>source:target[:options]</c> each, or a whole list of them; an empty result is left out. <see cref="Templated.EvaluateAll"/> flattens.</summary>
    public ImmutableArray<Templated> Volumes { get; init; } = [];

    /// <summary>As <c>docker run --tmpfs</c>.</summary>
    public ImmutableArray<Templated> Tmpfs { get; init; } = [];

    /// <summary>Kolla's dimensions mapping.</summary>
    public Templated? Dimensions { get; init; }

    /// <summary>Kolla's health check mapping (interval, retries, start_period, test, timeout; seconds); null or an empty value for none.</summary>
    public Templated? HealthCheck { get; init; }

    /// <summary>How we know it serves; null when running is enough.</summary>
    public ReadyDefinition? Ready { get; init; }

    /// <summary>Addresses it listens on, <c>address:port</c>; checked to be free before a first start.</summary>
    public ImmutableArray<Templated> Listens { get; init; } = [];

    /// <summary>Commands that <c>validate-config</c> runs in a throwaway container of the image, its configuration in place; each a list that must exit 0.</summary>
    public ImmutableArray<Templated> Validate { get; init; } = [];

    /// <summary>Commands that are asked before its files or the container itself change, each a list; one that does not exit 0 refuses the plan.
    /// They see <c>rendered</c> besides the site's variables: <see cref="RenderedFiles"/>.</summary>
    public ImmutableArray<Templated> Guards { get; init; } = [];

    /// <summary>How what it depends on is tried before it is changed; null for not at all.</summary>
    public PreflightDefinition? Preflight { get; init; }

    /// <summary>Which parts of its present configuration stay although nothing asks for them any more; null when none ever do.</summary>
    public KeepsDefinition? Keeps { get; init; }

    /// <summary>Commands of ours that run inside it: name to the program and its first arguments, a list.</summary>
    public ImmutableSortedDictionary<string, Templated> Commands { get; init; } = ImmutableSortedDictionary<string, Templated>.Empty;

    /// <summary>Folders with users' data.</summary>
    public ImmutableArray<DataFolder> Data { get; init; } = [];

    /// <summary>Boolean template; null for no.</summary>
    public Templated? Privileged { get; init; }

    /// <summary>Command instead of the image's; null keeps it.</summary>
    public Templated? Command { get; init; }

    /// <summary>Other single settings, passed on by name: <c>ipc_mode</c>, <c>pid_mode</c>, <c>user</c>, <c>network_mode</c>, <c>cap_add</c>, <c>cap_drop</c>, <c>security_opt</c>, <c>devices</c>, <c>read_only</c>.</summary>
    public ImmutableSortedDictionary<string, Templated> Settings { get; init; } = ImmutableSortedDictionary<string, Templated>.Empty;
}

/// <summary>A command that tries what a container depends on, with the files and the image that it is about to get.</summary>
/// <param name="Command">A list; it must exit 0.</param>
/// <param name="Without">Service to further arguments, a list: they leave out what cannot be tried before that service of the same site serves.</param>
/// <param name="When">Boolean template; null for always.</param>
public sealed record PreflightDefinition(Templated Command, ImmutableSortedDictionary<string, Templated> Without, Templated? When);

/// <summary>Asks a service what it has to keep of its present configuration.</summary>
/// <param name="Command">A list; prints a line for each part: its name, a colon, and why. Sees <c>rendered</c> as guards do, without what is kept.</param>
/// <param name="Needs">A mapping, of part to the service of this site that it may be in; that service's containers are not removed meanwhile. Null for no such service.</param>
public sealed record KeepsDefinition(Templated Command, Templated? Needs);

/// <summary>One file of a container's configuration, or one for each item of a list.</summary>
public sealed record ConfigFileDefinition
{
    /// <summary>A list: there is a file for each of its items, which its other values and its template see as <c>item</c>; null for a single file.</summary>
    public Templated? Loop { get; init; }

    /// <summary>Name below the container's configuration folder.</summary>
    public required Templated Name { get; init; }

    /// <summary>Template below the service's <c>config/</c> folder; null when the file is only ever the operator's own.</summary>
    public string? Template { get; init; }

    /// <summary><c>ini</c> merges sections and keys as OpenStack reads them, <c>cnf</c> as MariaDB does, <c>text</c> takes the last file that exists, <c>json</c> is <c>text</c> that must parse, <c>yaml</c> merges mappings.</summary>
    public string Format { get; init; } = "text";

    /// <summary>Operator's files below <c>node_custom_config</c>, weakest first; missing ones do not count.</summary>
    public ImmutableArray<Templated> Overrides { get; init; } = [];

    /// <summary>Boolean template; null for always.</summary>
    public Templated? When { get; init; }

    /// <summary>Template below the service's <c>config/</c> folder that is laid over everything, the operator's files too, while something is kept; null for none.</summary>
    public string? Keeping { get; init; }

    /// <summary>Boolean template: the file stays as it is on the host although <see cref="When"/> says no; null for never.</summary>
    public Templated? StaysWhen { get; init; }

    /// <summary>False: at least one of <see cref="Overrides"/> must exist when there is no template.</summary>
    public bool Optional { get; init; }

    /// <summary>Octal permissions.</summary>
    public string Mode { get; init; } = "0660";
}

/// <summary>A probe of the running container, repeated until it succeeds. Exactly one of the three.</summary>
/// <param name="Url">Must answer 2xx or 3xx.</param>
/// <param name="Tcp"><c>address:port</c> that must accept.</param>
/// <param name="Exec">Command in the container that must exit 0.</param>
/// <param name="Within">Seconds.</param>
public sealed record ReadyDefinition(Templated? Url, Templated? Tcp, ImmutableArray<Templated> Exec, Templated Within);

/// <summary>Work done once.</summary>
public sealed record JobDefinition
{
    /// <summary>Container name of the run (<c>bootstrap_glance</c>), or a name for the log when it runs inside one.</summary>
    public required string Name { get; init; }

    /// <summary>The container whose image, files, volumes and settings it shares, or inside which it runs.</summary>
    public required string Container { get; init; }

    /// <summary><c>before</c>: in a container of its own, before that container starts. <c>inside</c>: by exec once that container is ready.</summary>
    public required string Run { get; init; }

    /// <summary>Command; null runs the image's own (Kolla's bootstrap contract).</summary>
    public ImmutableArray<Templated>? Command { get; init; }

    /// <summary>Added to the environment. Values of an <c>inside</c> job may be secret.</summary>
    public ImmutableSortedDictionary<string, Templated> Environment { get; init; } = ImmutableSortedDictionary<string, Templated>.Empty;

    /// <summary>User for an <c>inside</c> job; null for the container's.</summary>
    public string? User { get; init; }

    /// <summary>Null, or <c>identity_login</c>: skip when Keystone already lets the administrator in.</summary>
    public string? Unless { get; init; }

    /// <summary>Volumes whose re-creation makes it run again; by default every volume of the container.</summary>
    public ImmutableArray<Templated>? Volumes { get; init; }

    /// <summary>True runs on the first host of the group only.</summary>
    public bool OnFirstHost { get; init; } = true;

    /// <summary>How long it may take.</summary>
    public Templated? Within { get; init; }
}

/// <summary>A condition of the configuration.</summary>
/// <param name="Check">Boolean template that must be true.</param>
/// <param name="Message">What to say when it is not.</param>
/// <param name="When">Boolean template; null for always.</param>
public sealed record RequirementDefinition(Templated Check, Templated Message, Templated? When);
