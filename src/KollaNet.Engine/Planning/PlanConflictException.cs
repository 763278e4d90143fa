using System.Collections.Immutable;

namespace KollaNet.Engine.Planning;

/// <summary>Something of somebody else's stands where ours should be. It is left alone, and nothing was changed on any host.</summary>
public sealed class PlanConflictException(ImmutableArray<string> conflicts)
    : KollaNetException("Something that KollaNet did not make stands in the way.", string.Join("\n", conflicts),
        "rename or remove it yourself, or set container_prefix in globals.yml to give ours other names; nothing was changed on any host")
{
    /// <summary>One sentence each.</summary>
    public ImmutableArray<string> Conflicts { get; } = conflicts;
}
