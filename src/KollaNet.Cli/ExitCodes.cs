using KollaNet.Engine.Running;

namespace KollaNet.Cli;

/// <summary>What the shell gets. Documented in the README; scripts rely on it.</summary>
internal static class ExitCodes
{
    /// <summary>Done, or nothing to do.</summary>
    public const int Success = 0;

    /// <summary>Something failed; what was finished stays finished.</summary>
    public const int Failed = 1;

    /// <summary><c>plan</c> only: there is something to change.</summary>
    public const int ChangesPending = 2;

    /// <summary>The operator stopped the run (128 + SIGINT).</summary>
    public const int Cancelled = 130;

    /// <summary>How a run ended.</summary>
    public static int Of(DeployReport report) => report switch
    {
        { Cancelled: true } => Cancelled,
        { Succeeded: false } => Failed,
        { PlanOnly: true, HasChanges: true } => ChangesPending,
        _ => Success,
    };
}
