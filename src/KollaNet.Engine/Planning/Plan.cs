using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

/// <summary>The steps between what is and what should be. Holds no clock, no randomness and no secret outside the steps that need one.</summary>
public sealed class Plan
{
    /// <param name="steps">In any order; kept so that each comes after the ones it names in <see cref="Step.After"/>.</param>
    /// <param name="notices">Things the operator should know that are no errors.</param>
    /// <exception cref="ArgumentException">Two steps share an id, a step waits for one that is not there, or steps wait for each other.</exception>
    public Plan(IEnumerable<Step> steps, ImmutableArray<string> notices)
    {
        Steps = Sorted([.. steps]);
        Notices = notices;
    }

    /// <summary>No steps.</summary>
    public static Plan Empty { get; } = new([], []);

    /// <summary>Each after the ones it waits for; otherwise in the order the reconciler made them.</summary>
    public ImmutableArray<Step> Steps { get; }

    /// <summary>Things the operator should know that are no errors: lowered limits, services about to be removed.</summary>
    public ImmutableArray<string> Notices { get; }

    /// <summary>The steps known to change something; the others are checks.</summary>
    public IEnumerable<Step> Changes => Steps.Where(step => step.IsChange);

    /// <summary>One line per step with its reason, checks marked as such.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (Step step in Steps) text.Append(step.IsChange ? "change  " : "check   ").Append(step.Id).Append(": ").Append(step.Because).Append('\n');
        foreach (string notice in Notices) text.Append("notice  ").Append(notice).Append('\n');
        return text.ToString();
    }

    private static ImmutableArray<Step> Sorted(ImmutableArray<Step> steps)
    {
        var known = new Dictionary<StepId, Step>(steps.Length);
        foreach (Step step in steps)
            if (!known.TryAdd(step.Id, step)) throw new ArgumentException($"two steps are named '{step.Id}'", nameof(steps));
        var sorted = ImmutableArray.CreateBuilder<Step>(steps.Length);
        var state = new Dictionary<StepId, bool>(steps.Length);
        foreach (Step step in steps) Visit(step);
        return sorted.MoveToImmutable();

        void Visit(Step step)
        {
            if (state.TryGetValue(step.Id, out bool done))
            {
                if (!done) throw new ArgumentException($"'{step.Id}' waits for itself", nameof(steps));
                return;
            }
            state[step.Id] = false;
            foreach (StepId before in step.After)
                Visit(known.TryGetValue(before, out Step? found) ? found : throw new ArgumentException($"'{step.Id}' waits for '{before}', which is no step", nameof(steps)));
            state[step.Id] = true;
            sorted.Add(step);
        }
    }
}
