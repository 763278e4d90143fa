namespace KollaNet.Engine.Hosts;

/// <summary>Something on a host itself failed: a file could not be written, a package not installed, a daemon not started.</summary>
/// <param name="host">The inventory's name for it.</param>
public sealed class HostCommandException(string host, string what, string why, string? next = null, Exception? inner = null) : KollaNetException($"{what.TrimEnd('.')} on {host}.", why, next, inner)
{
    /// <summary>The inventory's name for it.</summary>
    public string Host { get; } = host;
}
