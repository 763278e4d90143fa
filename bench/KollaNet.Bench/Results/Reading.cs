namespace KollaNet.Bench.Results;

/// <summary>One measurement of one figure.</summary>
/// <param name="Value">In the figure's unit.</param>
/// <param name="ServerCpuMs">Processor time of the service per request or MiB; null when its processes are not known.</param>
/// <param name="SharedCpuMs">The same of what both services share (their database).</param>
/// <param name="ClientCpuMs">The same of this program.</param>
internal sealed record Reading(double Value, double? ServerCpuMs = null, double? SharedCpuMs = null, double? ClientCpuMs = null, double? P50Ms = null, double? P99Ms = null);

/// <summary>What is measured.</summary>
/// <param name="Id">For <c>--only</c> and JSON.</param>
/// <param name="Unit">Of the value: "MiB/s".</param>
/// <param name="Per">What processor time is divided by: "MiB"; empty when that makes no sense.</param>
internal sealed record Figure(string Id, string Title, string Unit, string Per, Aim Aim, bool LessIsBetter = false);

/// <summary>What B should reach. Every part that is set must hold.</summary>
/// <param name="Ratio">Of B's median to A's: at least, or at most when less is better.</param>
/// <param name="CpuRatio">Of processor time: at most.</param>
/// <param name="P99Ratio">At most.</param>
/// <param name="Value">Of B itself: at most when less is better, else at least.</param>
internal sealed record Aim(double? Ratio = null, double? CpuRatio = null, double? P99Ratio = null, double? Value = null)
{
    public static Aim None { get; } = new();
}
