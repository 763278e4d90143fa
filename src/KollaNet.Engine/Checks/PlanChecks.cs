using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;
using KollaNet.Engine.Steps.Identity;

namespace KollaNet.Engine.Checks;

using Site = KollaNet.Engine.Site.Site;

/// <summary>What prechecks say about the deployment that would follow: whether users' data and the services themselves allow it, and whether what services depend on can be used.</summary>
internal sealed class PlanChecks(Site site, DesiredState asked, SiteSession session, StepContext on)
{
    private DesiredState desired = asked;

    /// <summary>None when an engine does not answer, or a name is taken: the checks of the hosts have told that.</summary>
    public async Task<ImmutableArray<Check>> RunAsync(CancellationToken cancel)
    {
        ObservedState observed;
        Plan plan;
        ImmutableArray<string> kept;
        try
        {
            observed = await new Observer(session.Hosts).ObserveAsync(desired, filesOnly: false, cancel);
            (desired, kept) = await new Keeping(site, session, observed).ApplyAsync(desired, PlanScope.Everything, cancel);
            plan = Reconciler.Reconcile(desired, observed);
        }
        catch (Exception e) when (e is EngineException or PlanConflictException)
        {
            return [];
        }
        catch (ChangeRefusedException e)
        {
            return [.. RefusedBy(e)];
        }
        catch (VolumeDiffersException e)
        {
            return [.. e.Volumes.Select(volume => new Check("", "volumes", CheckResult.Failed, volume, e.Next))];
        }

        return [.. await DataAsync(observed, cancel), .. kept.Select(Agreed), .. await GuardsAsync(plan, cancel), .. await PreflightsAsync(plan, observed, cancel)];
    }

    private async Task<IEnumerable<Check>> DataAsync(ObservedState observed, CancellationToken cancel)
    {
        try
        {
            await new DataMoves(desired, observed, session.Hosts).FindAsync(accepted: false, cancel);
            return [];
        }
        catch (DataLeftBehindException e)
        {
            return e.Moves.Select(move => new Check("", "users' data", CheckResult.Failed, move, e.Next));
        }
    }

    private async Task<IEnumerable<Check>> GuardsAsync(Plan plan, CancellationToken cancel)
    {
        try
        {
            return (await new ChangeGuards(desired, session.Hosts).AskAsync(plan, accepted: false, cancel)).Select(Agreed);
        }
        catch (ChangeRefusedException e)
        {
            return RefusedBy(e);
        }
    }

    private static Check Agreed(string said) => new("", "change of a service", CheckResult.Passed, said);

    private static IEnumerable<Check> RefusedBy(ChangeRefusedException e) => e.Reasons.Select(reason => new Check("", "change of a service", CheckResult.Failed, reason, e.Next));

    private async Task<IEnumerable<Check>> PreflightsAsync(Plan plan, ObservedState observed, CancellationToken cancel)
    {
        PreflightStep[] preflights = [.. plan.Steps.OfType<PreflightStep>()];
        if (preflights.Length == 0) return [];
        var wanted = preflights.SelectMany(step => step.Container.Preflight!.Without.Keys).ToHashSet();
        HashSet<string> absent = await AbsentAsync(plan, wanted, cancel);
        return await Task.WhenAll(preflights.Select(step => TryAsync(step.Container, observed.Hosts[step.Id.Host], absent, cancel)));
    }

    private async Task<Check> TryAsync(DesiredContainer container, ObservedHost now, HashSet<string> absent, CancellationToken cancel)
    {
        string subject = $"preflight of {container.Spec.Name}";
        if (!now.Images.ContainsKey(container.Spec.Image)) return new Check(container.Host, subject, CheckResult.Warning, "cannot be made without the image; the deployment makes it");
        try
        {
            var preflight = new Preflight(session.Hosts[container.Host], container, desired.SiteId, desired.Secrets);
            ImmutableArray<string> said = await preflight.RehearseAsync(now.Volumes.Keys.ToHashSet(), absent, cancel);
            string later = string.Join(", ", container.Preflight!.Without.Keys.Where(absent.Contains));
            return new Check(container.Host, subject, CheckResult.Passed, string.Join("; ", later.Length == 0 ? said : said.Add($"what needs {later} is tried by the deployment, once that serves")));
        }
        catch (KollaNetException e)
        {
            return new Check(container.Host, subject, CheckResult.Failed, e.Why, e.Next);
        }
    }

    /// <summary>Of these services the ones that do not serve yet as they will, or that do not know yet who will ask.</summary>
    private async Task<HashSet<string>> AbsentAsync(Plan plan, HashSet<string> wanted, CancellationToken cancel)
    {
        Step[] theirs = [.. plan.Steps.Where(step => wanted.Contains(ServiceOf(step)))];
        StepOutlook[] outlooks = await Task.WhenAll(theirs.Select(step => step.LookAsync(on, cancel)));
        return [.. theirs.Zip(outlooks).Where(pair => pair.Second.Kind != StepOutlookKind.Unchanged).Select(pair => ServiceOf(pair.First))];
    }

    /// <summary>What Keystone has to know about a service is a matter of Keystone's.</summary>
    private static string ServiceOf(Step step) => step is IdentityStep identity ? identity.Server.Service : step.Service;
}
