using System.Collections.Immutable;

namespace KollaNet.Engine.Containers.Memory;

/// <summary>What the program in a container of the <see cref="InMemoryEngine"/> does when it is started.</summary>
public sealed record ContainerBehaviour
{
    /// <summary>It ends at once with this code; null: it runs until it is stopped.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What its health check finds: <c>starting</c>, <c>healthy</c> or <c>unhealthy</c>. Only shown when its spec has a health check.</summary>
    public string Health { get; init; } = "healthy";

    /// <summary>What it writes, line by line.</summary>
    public ImmutableArray<string> Log { get; init; } = [];

    /// <summary>The kernel kills it for want of memory; goes with an <see cref="ExitCode"/> of 137.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>Runs until it is stopped, healthy, silent.</summary>
    public static ContainerBehaviour Runs { get; } = new();
}
