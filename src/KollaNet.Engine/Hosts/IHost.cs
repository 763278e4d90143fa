using System.Collections.Immutable;
using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Hosts;

/// <summary>One machine of the site, here or across SSH: its engine, its files, its commands, its facts. The rest of the code never asks which.</summary>
public interface IHost : IAsyncDisposable
{
    /// <summary>The inventory's name for it.</summary>
    string Name { get; }

    /// <summary>Its container engine.</summary>
    IContainerEngine Containers { get; }

    /// <summary>Its files.</summary>
    IHostFiles Files { get; }

    /// <summary>Runs a POSIX shell script on the host as root, to its end; the script travels on standard input, so it may hold secrets.</summary>
    /// <returns>The exit code and what it wrote.</returns>
    Task<CommandResult> RunScriptAsync(string script, CancellationToken cancel);

    /// <summary>Reads what the host is like now.</summary>
    Task<HostFacts> FactsAsync(CancellationToken cancel);
}

/// <summary>What a finished process left.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Files on one host. Every write is atomic: a reader sees the old file or the new one.</summary>
public interface IHostFiles
{
    /// <summary>Every file below a folder, its content hashed; empty when the folder is missing.</summary>
    Task<ImmutableArray<ObservedFile>> ListAsync(string folder, CancellationToken cancel);

    /// <summary>A file's bytes; null when it is missing.</summary>
    Task<byte[]?> FindAsync(string path, CancellationToken cancel);

    /// <summary>Writes a file, making its folders (mode 0770) as needed.</summary>
    Task WriteAsync(HostFile file, CancellationToken cancel);

    /// <returns>False: there was none.</returns>
    Task<bool> DeleteAsync(string path, CancellationToken cancel);

    /// <summary>Removes a folder if it is empty.</summary>
    /// <returns>False: missing, or not empty.</returns>
    Task<bool> DeleteEmptyFolderAsync(string path, CancellationToken cancel);
}

/// <summary>A file as it should be.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Mode">Permission bits, for example <c>0b110_110_000</c> for 0660.</param>
/// <param name="Owner">User name or number.</param>
/// <param name="Group">Group name or number.</param>
/// <param name="IsSecret">Its content is never shown, not even as a difference.</param>
public sealed record HostFile(string Path, ImmutableArray<byte> Content, UnixFileMode Mode, string Owner, string Group, bool IsSecret);

/// <summary>A file as it is.</summary>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record ObservedFile(string Path, string Sha256, long SizeBytes, UnixFileMode Mode, string Owner, string Group, DateTimeOffset ModifiedAt);

/// <summary>What a host is like: the part of Ansible's facts that Kolla's templates use, and what its kernel lets containers have.</summary>
public sealed record HostFacts
{
    /// <summary>Its own name.</summary>
    public required string Hostname { get; init; }

    /// <summary>From <c>/etc/os-release</c>: <c>debian</c>.</summary>
    public required string DistributionId { get; init; }

    /// <summary>From <c>/etc/os-release</c>: <c>12</c>.</summary>
    public required string DistributionVersion { get; init; }

    /// <summary>From <c>/etc/os-release</c>: <c>bookworm</c>.</summary>
    public required string DistributionCodename { get; init; }

    /// <summary>Logical processors.</summary>
    public required int ProcessorCount { get; init; }

    /// <summary>Bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Interface name to its addresses (without prefix length), first the primary one; only interfaces that are up.</summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<string>> Addresses { get; init; }

    /// <summary>Interface of the default route; null when there is none.</summary>
    public string? DefaultInterface { get; init; }

    /// <summary>Bounding set of capabilities, bit per capability. Source: <c>CapBnd</c> in <c>/proc/PID/status</c>.</summary>
    public required ulong CapabilityBounds { get; init; }

    /// <summary>The most open files a container can be given.</summary>
    public required long HardNofile { get; init; }

    /// <summary>TCP ports something listens on: <c>address:port</c>, <c>0.0.0.0</c> and <c>::</c> for all.</summary>
    public required ImmutableArray<string> ListeningPorts { get; init; }

    /// <summary>File systems the kernel knows (<c>/proc/filesystems</c>).</summary>
    public required ImmutableArray<string> FileSystems { get; init; }

    /// <summary>True when systemd is process 1.</summary>
    public bool HasSystemd { get; init; }
}
