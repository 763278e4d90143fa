using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Checks;

/// <summary>Asks a service something about itself before a plan changes it: in its container when that runs the wanted image, else in a throwaway one of that image with the files that are on the host now.</summary>
internal sealed class ServiceQuestion(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts)
{
    /// <summary>Whether a plan changes the container or its files. A stopped container that is only started comes up with what it was made with.</summary>
    public static bool Touches(Plan plan, DesiredContainer container) => plan.Changes.Any(step => step.Id.Host == container.Host && step switch
    {
        ContainerStep change => change.Spec.Name == container.Spec.Name && change.Action != ContainerAction.Start,
        WriteFileStep or DeleteFileStep => container.ConfigFolder is { } folder && step.Id.Subject.StartsWith($"{folder}/", StringComparison.Ordinal),
        _ => false,
    });

    /// <summary>How messages name a container.</summary>
    public static string Subject(DesiredContainer container) => $"{container.Spec.Name} on {container.Host}";

    /// <summary>Asks one question after the other.</summary>
    /// <param name="suffix">Of the throwaway container's name.</param>
    /// <returns>The answers in order; null when the service never ran here, so that it has nothing to say, or when no engine answers: then the plan itself fails of it where it needs one.</returns>
    /// <exception cref="EngineException">It cannot be asked.</exception>
    public async Task<ImmutableArray<JobResult>?> AskAsync(DesiredContainer container, string suffix, ImmutableArray<ImmutableArray<string>> commands, CancellationToken cancel)
    {
        IContainerEngine engine = hosts[container.Host].Containers;
        var answers = ImmutableArray.CreateBuilder<JobResult>();
        try
        {
            ObservedContainer? now = await engine.FindContainerAsync(container.Spec.Name, cancel);
            if (now is null && !await HasRunAsync(engine, container, cancel)) return null;
            ObservedImage? image = await engine.FindImageAsync(container.Spec.Image, cancel);
            bool inside = now is { State: "running" } && (image is null || now.ImageId == image.Id);
            foreach (ImmutableArray<string> command in commands)
            {
                answers.Add(inside
                    ? await engine.ExecAsync(container.Spec.Name, command, new ExecOptions(), cancel)
                    : await ThrowawayContainer.RunAsync(engine, ThrowawayContainer.SpecOf(container, suffix, container.ConfigFolder, command), cancel));
            }

            return answers.ToImmutable();
        }
        catch (EngineUnreachableException)
        {
            return null;
        }
    }

    /// <summary>What a question brought out, for people: without secrets, each line with the container it is about.</summary>
    public ImmutableArray<string> LinesOf(DesiredContainer container, ImmutableArray<string> command, JobResult answer)
    {
        ImmutableArray<string> lines = [.. answer.Output.Select(line => desired.Secrets.Redact(line.TrimEnd())).Where(line => line.Length > 0).Select(line => $"{Subject(container)}: {line}")];
        return answer.ExitCode != 0 && lines.IsEmpty ? [$"{Subject(container)}: {command[0]} ended with code {answer.ExitCode} and says nothing"] : lines;
    }

    /// <summary>That it could not be asked.</summary>
    public static string CannotAsk(DesiredContainer container, EngineException e) => $"{Subject(container)}: cannot be asked. {e.What} {e.Why}{(e.Next is null ? "" : $"; {e.Next}")}";

    /// <summary>A container that was removed by hand has left the record of its preparation.</summary>
    private async Task<bool> HasRunAsync(IContainerEngine engine, DesiredContainer container, CancellationToken cancel)
    {
        foreach (DesiredJob job in desired.Services.SelectMany(service => service.Jobs).Where(job => job.Container == container && job.Spec is not null))
            if (await engine.FindContainerAsync(job.Spec!.Name, cancel) is { State: "exited", ExitCode: 0 }) return true;
        return false;
    }
}
