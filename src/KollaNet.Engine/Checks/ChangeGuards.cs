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

/// <summary>Asks services (<c>guards</c> in <c>service.yml</c>) whether a plan may change them. A service that never ran has nothing to guard.</summary>
internal sealed class ChangeGuards(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts)
{
    private sealed record Answer(bool Agrees, ImmutableArray<string> Lines);

    private readonly ServiceQuestion question = new(desired, hosts);

    /// <summary>What the guards have to say to the operator, for notices.</summary>
    /// <param name="accepted">The operator knows; refusals become notices.</param>
    /// <exception cref="ChangeRefusedException">One refuses, or cannot be asked.</exception>
    public async Task<ImmutableArray<string>> AskAsync(Plan plan, bool accepted, CancellationToken cancel)
    {
        DesiredContainer[] concerned = [.. desired.Containers.Where(container => container.Guards.Length > 0 && ServiceQuestion.Touches(plan, container))];
        Answer[] answers = [.. (await Task.WhenAll(concerned.Select(container => AskAsync(container, cancel)))).SelectMany(several => several)];
        ImmutableArray<string> reasons = [.. answers.Where(answer => !answer.Agrees).SelectMany(answer => answer.Lines).Concat(Undermined(plan)).Distinct()];
        if (reasons.Length > 0 && !accepted) throw new ChangeRefusedException(reasons);
        return [.. answers.SelectMany(answer => answer.Lines).Concat(reasons).Distinct()];
    }

    /// <summary>What is kept in a service that the plan would take away.</summary>
    private IEnumerable<string> Undermined(Plan plan) =>
        from container in desired.Containers
        from part in container.Kept
        where part.Value is { } service && plan.Steps.Any(step => step is RemoveContainerStep && step.Service == service)
        select $"{ServiceQuestion.Subject(container)}: {part.Key} is still needed, and service {part.Value}, which would be removed, may be where it is; leave {part.Value} enabled in globals.yml until {part.Key} is empty";

    private async Task<IEnumerable<Answer>> AskAsync(DesiredContainer container, CancellationToken cancel)
    {
        try
        {
            return await question.AskAsync(container, "guard", container.Guards, cancel) is { } answers
                ? answers.Select((answer, i) => new Answer(answer.ExitCode == 0, question.LinesOf(container, container.Guards[i], answer))) : [];
        }
        catch (EngineException e)
        {
            return [new Answer(false, [ServiceQuestion.CannotAsk(container, e)])];
        }
    }
}
