using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps;

/// <summary>Runs a one-shot container once. The finished container is the record of it: as long as that fits, the job is done.</summary>
/// <param name="Known">True when the plan already knows that it has to run.</param>
public sealed record RunJobStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, DesiredJob Job, string Record, bool Known) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override bool IsChange => Known;

    private ContainerSpec Spec => Job.Spec!;

    /// <summary>Why a job has to run; null when its record says that it is done.</summary>
    /// <param name="record">The container named like the job; null when there is none.</param>
    /// <param name="wanted">What the record's <see cref="OurLabels.Spec"/> must say.</param>
    /// <param name="volumes">What the record's <see cref="OurLabels.Volumes"/> must say.</param>
    /// <param name="imageId">Null when the image is not on the host.</param>
    public static string? WhyRun(ObservedContainer? record, string wanted, string volumes, string? imageId)
    {
        if (record is null) return "has not run yet";
        if (record.State != "exited" || record.ExitCode is null) return $"did not finish: is {ContainerStep.Describe(record)}";
        if (record.ExitCode != 0) return $"failed last time (code {record.ExitCode})";
        if (imageId is not null && record.ImageId != imageId) return $"image is {Short(record.ImageId)}, wanted {Short(imageId)}";
        string? was = record.Labels.GetValueOrDefault(OurLabels.Spec);
        if (was != wanted) return SpecText.Differences(was, wanted) is [var first, ..] ? first : "was made by another version";
        return record.Labels.GetValueOrDefault(OurLabels.Volumes) == volumes ? null : "a volume it prepared has been made anew";
    }

    /// <summary>The value of <see cref="OurLabels.Volumes"/> for these volumes. Of a volume that somebody else made only the name is known.</summary>
    public static string VolumesText(IEnumerable<ObservedVolume> volumes) =>
        string.Join(',', volumes.OrderBy(volume => volume.Name, StringComparer.Ordinal).Select(volume => $"{volume.Name}={volume.Labels.GetValueOrDefault(OurLabels.VolumeId, "foreign")}"));

    /// <inheritdoc/>
    public override async Task<StepOutlook> LookAsync(StepContext on, CancellationToken cancel) => Known
        ? StepOutlook.WouldChange(Because)
        : await WhyNowAsync(on, cancel) is { Why: { } why } ? StepOutlook.WouldChange(why) : StepOutlook.Unchanged("has run");

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        IContainerEngine engine = on.Host(Id.Host).Containers;
        await WaitForEarlierRunAsync(on, engine, cancel);
        (string? why, string volumes) = await WhyNowAsync(on, cancel);
        if (why is null) return StepResult.Unchanged("has run");

        // The job works on its container's data: the two must not run side by side. The container's own step starts it again.
        if (await engine.StopContainerAsync(Job.Container.Spec.Name, Job.Container.Spec.StopGrace, cancel)) on.Report(Id, $"stopped {Job.Container.Spec.Name} meanwhile");
        await engine.RemoveContainerAsync(Spec.Name, cancel);
        JobResult result = await EndAsync(engine, Spec with { Labels = Spec.Labels.SetItem(OurLabels.Spec, Record).SetItem(OurLabels.Volumes, volumes) }, cancel);
        if (result.ExitCode != 0) throw Failed($"it exited with code {result.ExitCode}.", result.Output, on);
        return StepResult.Did("ran");
    }

    private async Task<(string? Why, string Volumes)> WhyNowAsync(StepContext on, CancellationToken cancel)
    {
        IContainerEngine engine = on.Host(Id.Host).Containers;
        Task<ObservedContainer?> record = engine.FindContainerAsync(Spec.Name, cancel);
        Task<ObservedImage?> image = engine.FindImageAsync(Spec.Image, cancel);
        ImmutableArray<ObservedVolume> volumes = Job.Volumes.IsEmpty ? [] : await engine.ListVolumesAsync(null, cancel);
        string text = VolumesText(volumes.Where(volume => Job.Volumes.Contains(volume.Name)));
        return (WhyRun(await record, Record, text, (await image)?.Id), text);
    }

    /// <summary>A run of ours that was killed leaves its job running in the engine. Killing that too would do harm; it is allowed to end.</summary>
    private async Task WaitForEarlierRunAsync(StepContext on, IContainerEngine engine, CancellationToken cancel)
    {
        long start = on.Clock.GetTimestamp();
        while (await engine.FindContainerAsync(Spec.Name, cancel) is { State: "running" } running && running.Labels.GetValueOrDefault(OurLabels.Spec) == Record)
        {
            if (on.Clock.GetElapsedTime(start) > Job.Within) return;
            if (on.Clock.GetElapsedTime(start) < TimeSpan.FromSeconds(1)) on.Report(Id, "still running from an earlier, interrupted run; waiting for it");
            await Task.Delay(TimeSpan.FromMilliseconds(200), on.Clock, cancel);
        }
    }

    private async Task<JobResult> EndAsync(IContainerEngine engine, ContainerSpec spec, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Job.Within);
        try
        {
            return await engine.RunToEndAsync(spec, 15, patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            await engine.StopContainerAsync(spec.Name, TimeSpan.FromSeconds(5), CancellationToken.None);
            throw new KollaNetException($"{Spec.Name} on {Id.Host} did not end within {Job.Within.TotalSeconds:0} s.", "it was still running and has been stopped", $"kollanet logs {Spec.Name}; then run the same command again.");
        }
    }

    private KollaNetException Failed(string why, ImmutableArray<string> log, StepContext on) =>
        new($"{Spec.Name} on {Id.Host} failed.", why + WaitReadyStep.LastWords(log, on), $"kollanet logs {Spec.Name}; correct the cause, then run the same command again: it starts over with this step.");

    private static string Short(string imageId) => SpecDifference.Short(imageId);
}
