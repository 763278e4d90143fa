namespace KollaNet.Engine.Hosts;

/// <summary>A host cannot be reached, or the connection to it broke.</summary>
/// <param name="host">The inventory's name for it.</param>
public sealed class HostUnreachableException(string host, string why, string? next = null, Exception? inner = null)
    : KollaNetException($"Host {host} cannot be reached.", why, next, inner)
{
    /// <summary>The inventory's name for it.</summary>
    public string Host { get; } = host;
}
