using System.Collections.Immutable;

namespace KollaNet.Engine.Steps;

/// <summary>Names a step within a plan.</summary>
/// <param name="Host">Inventory name of the host it changes; empty when it changes no single host (a database, a Keystone endpoint).</param>
/// <param name="Kind">What kind of thing it is about: <c>file</c>, <c>volume</c>, <c>image</c>, <c>container</c>, <c>ready</c>, <c>job</c>, <c>database</c>…</param>
/// <param name="Subject">The thing itself: <c>glance_api</c>, <c>/etc/kolla/glance-api/glance-api.conf</c>…</param>
public sealed record StepId(string Host, string Kind, string Subject)
{
    /// <summary>As plans and logs print it: <c>control01: container glance_api</c>.</summary>
    public override string ToString() => Host.Length == 0 ? $"{Kind} {Subject}" : $"{Host}: {Kind} {Subject}";
}

/// <summary>One change, or one check that changes only what it finds wrong: made by the reconciler, run at most once per plan by the runner.</summary>
/// <param name="Service">The service it belongs to; times are reported per service.</param>
/// <param name="Because">What was seen and what was wanted: "image is 4f1c…, wanted 9ab2…". Printed in plans and logs; never holds a secret.</param>
/// <param name="After">Steps that must have succeeded first. If one failed, this one is skipped and names it.</param>
public abstract record Step(StepId Id, string Service, string Because, ImmutableArray<StepId> After)
{
    /// <summary>False for a check that is part of every plan: whether it changes anything is known when it looks.</summary>
    public virtual bool IsChange => true;

    /// <summary>Looks, acts only if needed, says which. Repeating it after a crash does no harm.</summary>
    /// <exception cref="KollaNetException">It could not be done.</exception>
    public abstract Task<StepResult> RunAsync(StepContext on, CancellationToken cancel);

    /// <summary>What <see cref="RunAsync"/> would do now, without doing it.</summary>
    public virtual Task<StepOutlook> LookAsync(StepContext on, CancellationToken cancel) =>
        Task.FromResult(IsChange ? StepOutlook.WouldChange(Because) : StepOutlook.Unknown);
}

/// <summary>How a step that succeeded ended.</summary>
/// <param name="Changed">False: everything was as wanted already.</param>
/// <param name="Detail">What was done, or what was found; one line.</param>
public sealed record StepResult(bool Changed, string Detail)
{
    /// <summary>Something was changed.</summary>
    public static StepResult Did(string detail) => new(true, detail);

    /// <summary>Nothing had to be changed.</summary>
    public static StepResult Unchanged(string detail = "as wanted") => new(false, detail);
}

/// <summary>What a step expects of itself before it runs.</summary>
public sealed record StepOutlook(StepOutlookKind Kind, string Detail)
{
    /// <summary>It cannot tell before it runs, because what it would look at is not up.</summary>
    public static StepOutlook Unknown { get; } = new(StepOutlookKind.Unknown, "checked when running");

    /// <summary>It would change something.</summary>
    public static StepOutlook WouldChange(string detail) => new(StepOutlookKind.WouldChange, detail);

    /// <summary>It would find everything as wanted.</summary>
    public static StepOutlook Unchanged(string detail = "as wanted") => new(StepOutlookKind.Unchanged, detail);
}

/// <summary>Kinds of <see cref="StepOutlook"/>.</summary>
public enum StepOutlookKind
{
    /// <summary>It would change something.</summary>
    WouldChange,

    /// <summary>Everything is as wanted.</summary>
    Unchanged,

    /// <summary>Only running it can tell.</summary>
    Unknown,
}
