using System.Collections.Immutable;
using KollaNet.Bench.Results;

namespace KollaNet.Bench.Workloads;

/// <summary>One thing to do to a service, and the figures it gives.</summary>
internal abstract class Workload
{
    public abstract ImmutableArray<Figure> Figures { get; }

    /// <summary>Once per target, before anything is measured.</summary>
    public virtual void Prepare(Session session)
    {
    }

    /// <summary>One round.</summary>
    /// <returns>A reading per figure, in their order.</returns>
    public abstract ImmutableArray<Reading> Run(Session session);
}
