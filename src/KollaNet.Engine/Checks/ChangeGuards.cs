using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Checks;

/// <summary>A service's own guard does not let its container be changed. Nothing was changed on any host.</summary>
public sealed class ChangeRefusedException(ImmutableArray<string> reasons) : KollaNetException(
    "A service refuses what would be changed about it.", string.Join("\n", reasons),
    "do what it says, or put the old value back into globals.yml; --accept-data-move goes on all the same; nothing was changed on any host")
{
    /// <summary>What the guards said, each with the container it is about.</summary>
    public ImmutableArray<string> Reasons { get; } = reasons;
}

/// <summary>Asks services (<c>guards</c> in <c>service.yml</c>) whether a plan may change them: in the container when that runs the wanted image, else in a throwaway one
/// of that image with the files that are on the host now. A service that never ran has nothing to guard.</summary>
internal sealed class ChangeGuards(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts)
{
    private sealed record Answer(bool Agrees, ImmutableArray<string> Lines);

    /// <summary>What the guards have to say to the operator, for notices.</summary>
    /// <param name="accepted">The operator knows; refusals become notices.</param>
    /// <exception cref="ChangeRefusedException">One refuses, or cannot be asked.</exception>
    public async Task<ImmutableArray<string>> AskAsync(Plan plan, bool accepted, CancellationToken cancel)
    {
        DesiredContainer[] concerned = [.. desired.Containers.Where(container => container.Guards.Length > 0 && Touches(plan, container))];
        Answer[] answers = [.. (await Task.WhenAll(concerned.Select(container => AskAsync(container, cancel)))).SelectMany(several => several)];
        ImmutableArray<string> reasons = [.. answers.Where(answer => !answer.Agrees).SelectMany(answer => answer.Lines).Distinct()];
        if (reasons.Length > 0 && !accepted) throw new ChangeRefusedException(reasons);
        return [.. answers.SelectMany(answer => answer.Lines).Distinct()];
    }

    /// <summary>A stopped container that is only started comes up with what it was made with.</summary>
    private static bool Touches(Plan plan, DesiredContainer container) => plan.Changes.Any(step => step.Id.Host == container.Host && step switch
    {
        ContainerStep change => change.Spec.Name == container.Spec.Name && change.Action != ContainerAction.Start,
        WriteFileStep or DeleteFileStep => container.ConfigFolder is { } folder && step.Id.Subject.StartsWith($"{folder}/", StringComparison.Ordinal),
        _ => false,
    });

    private async Task<IEnumerable<Answer>> AskAsync(DesiredContainer container, CancellationToken cancel)
    {
        IContainerEngine engine = hosts[container.Host].Containers;
        var answers = new List<Answer>();
        try
        {
            ObservedContainer? now = await engine.FindContainerAsync(container.Spec.Name, cancel);
            if (now is null && !await HasRunAsync(engine, container, cancel)) return [];
            ObservedImage? image = await engine.FindImageAsync(container.Spec.Image, cancel);
            bool inside = now is { State: "running" } && (image is null || now.ImageId == image.Id);
            foreach (ImmutableArray<string> command in container.Guards)
            {
                JobResult result = inside
                    ? await engine.ExecAsync(container.Spec.Name, command, new ExecOptions(), cancel)
                    : await ThrowawayContainer.RunAsync(engine, ThrowawayContainer.SpecOf(container, "guard", container.ConfigFolder, command), cancel);
                answers.Add(AnswerOf(container, command, result));
            }
        }
        catch (EngineUnreachableException)
        {
            return [];   // Without an engine nothing runs, and the plan itself fails of it where it needs one.
        }
        catch (EngineException e)
        {
            answers.Add(new Answer(false, [$"{Subject(container)}: cannot be asked. {e.What} {e.Why}{(e.Next is null ? "" : $"; {e.Next}")}"]));
        }
        return answers;
    }

    /// <summary>A container that was removed by hand has left the record of its preparation.</summary>
    private async Task<bool> HasRunAsync(IContainerEngine engine, DesiredContainer container, CancellationToken cancel)
    {
        foreach (DesiredJob job in desired.Services.SelectMany(service => service.Jobs).Where(job => job.Container == container && job.Spec is not null))
            if (await engine.FindContainerAsync(job.Spec!.Name, cancel) is { State: "exited", ExitCode: 0 }) return true;
        return false;
    }

    private Answer AnswerOf(DesiredContainer container, ImmutableArray<string> command, JobResult result)
    {
        ImmutableArray<string> lines = [.. result.Output.Select(line => desired.Secrets.Redact(line.TrimEnd())).Where(line => line.Length > 0).Select(line => $"{Subject(container)}: {line}")];
        if (result.ExitCode != 0 && lines.IsEmpty) lines = [$"{Subject(container)}: {command[0]} ended with code {result.ExitCode} and says nothing"];
        return new Answer(result.ExitCode == 0, lines);
    }

    private static string Subject(DesiredContainer container) => $"{container.Spec.Name} on {container.Host}";
}
