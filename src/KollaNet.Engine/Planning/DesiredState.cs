using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

/// <summary>What every host should have: files, volumes, containers; and what the services should find in the database server and in Keystone.</summary>
public sealed partial record DesiredState
{
    /// <summary>Value of the label that tells this site's containers and volumes from all others.</summary>
    public required string SiteId { get; init; }

    /// <summary>Enabled services, each after the ones it needs.</summary>
    public required ImmutableArray<DesiredService> Services { get; init; }

    /// <summary>Selected host to the folder below which its configuration files are.</summary>
    public required ImmutableSortedDictionary<string, string> ConfigRoots { get; init; }

    /// <summary>What the references of the site's images begin with; also the label on those that were built here.</summary>
    public string ImagePrefix { get; init; } = "";

    /// <summary>Services of <c>--tags</c>; empty for all.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>The server that databases are made in; null when no enabled service provides one.</summary>
    public DatabaseServer? Database { get; init; }

    /// <summary>The Keystone that services register with; null when no enabled service provides one.</summary>
    public IdentityServer? Identity { get; init; }

    /// <summary>Set when images may be pulled.</summary>
    public Registry? Registry { get; init; }

    /// <summary>Limits that were lowered and the like.</summary>
    public ImmutableArray<string> Notices { get; init; } = [];

    /// <summary>Knows the values of all passwords.</summary>
    public Redactor Secrets { get; init; } = Redactor.None;

    /// <summary>Every container of every service.</summary>
    public IEnumerable<DesiredContainer> Containers => Services.SelectMany(service => service.Containers);

    /// <summary>True when <c>--tags</c> leaves the service in.</summary>
    public bool IsTagged(string service) => Tags.IsEmpty || Tags.Contains(service);
}

/// <summary>A service of the site.</summary>
public sealed record DesiredService
{
    /// <summary>Its folder's name.</summary>
    public required string Name { get; init; }

    /// <summary>Enabled services that must be ready first.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>In start order; one entry per host.</summary>
    public ImmutableArray<DesiredContainer> Containers { get; init; } = [];

    /// <summary>In order.</summary>
    public ImmutableArray<DesiredJob> Jobs { get; init; } = [];

    /// <summary>Databases with their users.</summary>
    public ImmutableArray<DesiredDatabase> Databases { get; init; } = [];

    /// <summary>Roles that must exist in Keystone.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Users in Keystone.</summary>
    public ImmutableArray<DesiredUser> Users { get; init; } = [];

    /// <summary>Entries of Keystone's catalogue.</summary>
    public ImmutableArray<DesiredCatalogueEntry> Catalogue { get; init; } = [];
}

/// <summary>A container on one host.</summary>
public sealed record DesiredContainer
{
    /// <summary>The service it belongs to.</summary>
    public required string Service { get; init; }

    /// <summary>The name in <c>service.yml</c>, without the site's prefix.</summary>
    public required string Role { get; init; }

    /// <summary>Inventory name of its host.</summary>
    public required string Host { get; init; }

    /// <summary>As the engine is to make it, labels included.</summary>
    public required ContainerSpec Spec { get; init; }

    /// <summary>Absolute folder of <see cref="Files"/> on the host; null when it has no configuration.</summary>
    public string? ConfigFolder { get; init; }

    /// <summary>Its volumes that are more than a folder of the engine's: volume → options as <c>docker volume create --opt</c> takes them.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> VolumeOptions { get; init; } = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    /// <summary>Of one of its volumes; empty for a folder of the engine's own.</summary>
    public ImmutableSortedDictionary<string, string> OptionsOf(string volume) => VolumeOptions.GetValueOrDefault(volume) ?? ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Its rendered configuration.</summary>
    public ImmutableArray<HostFile> Files { get; init; } = [];

    /// <summary>How we know it serves; null when running is enough.</summary>
    public Probe? Ready { get; init; }

    /// <summary>Commands that must accept its configuration in a throwaway container, each with its arguments.</summary>
    public ImmutableArray<ImmutableArray<string>> Validations { get; init; } = [];

    /// <summary>Commands that must agree before its files or the container change, each with its arguments.</summary>
    public ImmutableArray<ImmutableArray<string>> Guards { get; init; } = [];

    /// <summary>How what it depends on is tried before it is changed; null for not at all.</summary>
    public DesiredPreflight? Preflight { get; init; }

    /// <summary>Command that says which parts of the present configuration have to stay; empty for none.</summary>
    public ImmutableArray<string> Keeps { get; init; } = [];

    /// <summary>Parts that stay, each with the service of this site that it may be in; null for a part that needs none.</summary>
    public ImmutableSortedDictionary<string, string?> Kept { get; init; } = ImmutableSortedDictionary<string, string?>.Empty;

    /// <summary>Commands of ours that run inside it: name to the program and its first arguments.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Commands { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Addresses it listens on, <c>address:port</c>.</summary>
    public ImmutableArray<string> Listens { get; init; } = [];

    /// <summary>Folders with users' data: what is mounted there is never replaced without the operator's consent.</summary>
    public ImmutableArray<DataFolder> Data { get; init; } = [];
}

/// <summary>A command that tries what a container depends on.</summary>
/// <param name="Command">With its arguments.</param>
/// <param name="Without">Service to arguments that leave out what needs it.</param>
public sealed record DesiredPreflight(ImmutableArray<string> Command, ImmutableSortedDictionary<string, ImmutableArray<string>> Without);

/// <summary>A folder of a container that holds what users have stored.</summary>
/// <param name="Path">Where it is in the container; with <c>/*</c> at its end everything that is mounted below.</param>
/// <param name="Holds">What is in it, for people, in the plural: <c>images</c>.</param>
/// <param name="Below">Folder in it whose files are counted; empty for all of them.</param>
public sealed record DataFolder(string Path, string Holds, string Below);

/// <summary>Work done once, on one host.</summary>
public sealed record DesiredJob
{
    /// <summary>The container to make for it; for a job inside another container only the name counts.</summary>
    public required string Name { get; init; }

    /// <summary>The container it prepares, or inside which it runs.</summary>
    public required DesiredContainer Container { get; init; }

    /// <summary>The one-shot container; null for a job that runs inside a running one.</summary>
    public ContainerSpec? Spec { get; init; }

    /// <summary>Command of a job that runs inside; empty otherwise.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>Environment of a job that runs inside; may be secret.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>User of a job that runs inside; null for the container's own.</summary>
    public string? User { get; init; }

    /// <summary>True skips a job that runs inside when Keystone lets the administrator in already.</summary>
    public bool UnlessIdentityLogin { get; init; }

    /// <summary>Named volumes whose re-creation makes it run again.</summary>
    public ImmutableArray<string> Volumes { get; init; } = [];

    /// <summary>How long it may take.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>A database and the user that owns it.</summary>
public sealed record DesiredDatabase(string Name, string User, string Password);

/// <summary>The database server, reached as its administrator.</summary>
/// <param name="Service">The service that provides it.</param>
/// <param name="DataVolumes">Where it keeps its data; named when its password does not fit.</param>
public sealed record DatabaseServer(string Service, string Host, int Port, string User, string Password, ImmutableArray<string> DataVolumes);

/// <summary>Keystone, reached as its administrator.</summary>
/// <param name="Service">The service that provides it.</param>
/// <param name="AuthUrl">With or without <c>/v3</c>.</param>
public sealed record IdentityServer(string Service, string AuthUrl, string User, string Password, string Project, string Region);

/// <summary>A service user in domain Default.</summary>
public sealed record DesiredUser(string Name, string Password, string Project, ImmutableArray<string> Roles);

/// <summary>A service in Keystone's catalogue.</summary>
/// <param name="Endpoints">Interface to URL.</param>
public sealed record DesiredCatalogueEntry(string Name, string Type, string Description, ImmutableSortedDictionary<string, string> Endpoints);

/// <summary>Where images come from.</summary>
/// <param name="Login">Null for anonymous.</param>
public sealed record Registry(string Server, RegistryLogin? Login);
