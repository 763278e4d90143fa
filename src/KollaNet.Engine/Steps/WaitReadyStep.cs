using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Steps;

/// <summary>Waits until a container serves, and watches it meanwhile: one that dies is reported at once, with its exit code and last words.</summary>
/// <param name="Probe">Null when running is enough.</param>
public sealed record WaitReadyStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, Probe? Probe) : Step(Id, Service, Because, After)
{
    private const int RestartsThatAreALoop = 3;
    private const int LongestLine = 400;

    /// <inheritdoc/>
    public override bool IsChange => false;

    /// <inheritdoc/>
    public override async Task<StepOutlook> LookAsync(StepContext on, CancellationToken cancel)
    {
        IHost host = on.Host(Id.Host);
        if (await host.Containers.FindContainerAsync(Id.Subject, cancel) is not { State: "running" }) return StepOutlook.Unknown;
        string? seen = Probe is null ? null : await Probe.AskAsync(host, Id.Subject, on.Http, cancel);
        return seen is null ? StepOutlook.Unchanged("serves") : new StepOutlook(StepOutlookKind.Unknown, $"does not serve now: {on.Secrets.Redact(seen)}");
    }

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        IHost host = on.Host(Id.Host);
        long start = on.Clock.GetTimestamp();
        TimeSpan pause = TimeSpan.FromMilliseconds(50);
        int? restartsBefore = null;
        string? reported = null;
        int? code = null;
        while (true)
        {
            ObservedContainer? now = await host.Containers.FindContainerAsync(Id.Subject, cancel);
            restartsBefore ??= now?.RestartCount;
            string? seen = now is not { State: "running" } ? $"it is {(now is null ? "missing" : ContainerStep.Describe(now))}"
                : Probe is null ? null : await Probe.AskAsync(host, Id.Subject, on.Http, cancel);
            if (seen is null) return StepResult.Unchanged("serves");
            code = now is { State: not "running", ExitCode: { } ended } ? ended : code;
            if (IsLost(now, restartsBefore)) throw await DiedAsync(on, now, code, cancel);
            if (on.Clock.GetElapsedTime(start) > (Probe?.Within ?? TimeSpan.FromSeconds(10))) throw await TooLateAsync(on, seen, cancel);
            if (seen != reported) on.Report(Id, reported = seen);
            await Task.Delay(pause, on.Clock, cancel);
            pause = pause < TimeSpan.FromMilliseconds(500) ? pause * 1.5 : pause;
        }
    }

    private static bool IsLost(ObservedContainer? now, int? restartsBefore) =>
        now is null || now.State is "exited" or "dead" || now.RestartCount - restartsBefore >= RestartsThatAreALoop;

    private async Task<KollaNetException> DiedAsync(StepContext on, ObservedContainer? now, int? code, CancellationToken cancel)
    {
        string how = now is null ? "it was removed"
            : now.RestartCount > 0 ? $"it ended{(code is null ? "" : $" with code {code}")} again and again; the engine has restarted it {now.RestartCount} times"
            : $"it is {ContainerStep.Describe(now)}";
        return new KollaNetException($"{Id.Subject} on {Id.Host} does not stay up.", $"{how}.{await LastWordsAsync(on, cancel)}",
            $"kollanet logs {Id.Subject}; correct the cause, then run the same command again: finished steps will not repeat.");
    }

    private async Task<KollaNetException> TooLateAsync(StepContext on, string seen, CancellationToken cancel) =>
        new($"{Id.Subject} on {Id.Host} did not become ready within {(Probe?.Within ?? TimeSpan.FromSeconds(10)).TotalSeconds:0} s.",
            $"{on.Secrets.Redact(seen)}.{await LastWordsAsync(on, cancel)}",
            $"kollanet logs {Id.Subject}; correct the cause, then run the same command again: finished steps will not repeat.");

    private async Task<string> LastWordsAsync(StepContext on, CancellationToken cancel) => LastWords(await on.Host(Id.Host).Containers.TailLogAsync(Id.Subject, 10, cancel), on);

    /// <summary>A log's end as the tail of an error message.</summary>
    internal static string LastWords(ImmutableArray<string> log, StepContext on) =>
        log.IsEmpty ? " It wrote nothing to its log." : " Its log ends:" + string.Concat(log.Select(line => "\n| " + Shortened(on.Secrets.Redact(line))));

    /// <summary>Some programs put a whole stack trace on one line; the logs command shows all of it.</summary>
    private static string Shortened(string line) => line.Length <= LongestLine ? line : string.Concat(line.AsSpan(0, LongestLine), "…");
}
