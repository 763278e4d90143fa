using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;

namespace KollaNet.Engine.Checks;

using Site = KollaNet.Engine.Site.Site;

/// <summary>Asks services (<c>keeps</c> in <c>service.yml</c>) what of their present configuration has to stay, although the site no longer asks for it, and puts that into what is wanted.</summary>
internal sealed class Keeping(Site site, SiteSession session, ObservedState observed)
{
    /// <summary>Asks, and puts what has to stay into what is wanted.</summary>
    /// <param name="scope">Of the plan that will be made; only what that would touch is asked.</param>
    /// <returns>The desired state to go for, and why each part stays.</returns>
    /// <exception cref="ChangeRefusedException">A service cannot be asked.</exception>
    public async Task<(DesiredState Desired, ImmutableArray<string> Reasons)> ApplyAsync(DesiredState desired, PlanScope scope, CancellationToken cancel)
    {
        DesiredContainer[] able = [.. desired.Containers.Where(container => container.Keeps.Length > 0)];
        if (able.Length == 0) return (desired, []);
        Plan plan = Reconciler.Reconcile(desired, observed, scope);
        var kept = ImmutableSortedDictionary.CreateBuilder<string, KeptParts>(StringComparer.Ordinal);
        var reasons = ImmutableArray.CreateBuilder<string>();
        // All containers of one kind share what they keep: the first that has run speaks for them.
        foreach (IGrouping<string, DesiredContainer> role in able.Where(container => ServiceQuestion.Touches(plan, container)).GroupBy(container => container.Role))
        {
            ImmutableArray<(string Name, string Why)> parts = await AskAsync(desired, role, cancel);
            if (parts.IsEmpty) continue;
            kept[role.Key] = new KeptParts([.. parts.Select(part => part.Name)], await DeployedAsync(able.Where(container => container.Role == role.Key), cancel));
            reasons.AddRange(parts.Select(part => desired.Secrets.Redact(part.Why)));
        }
        return kept.Count == 0 ? (desired, []) : (DesiredState.Of(site, session.Facts, kept.ToImmutable()), reasons.ToImmutable());
    }

    private async Task<ImmutableArray<(string Name, string Why)>> AskAsync(DesiredState desired, IEnumerable<DesiredContainer> role, CancellationToken cancel)
    {
        var question = new ServiceQuestion(desired, session.Hosts);
        foreach (DesiredContainer container in role)
        {
            try
            {
                if (await question.AskAsync(container, "keeps", [container.Keeps], cancel) is not [var answer]) continue;
                if (answer.ExitCode != 0) throw new ChangeRefusedException(question.LinesOf(container, container.Keeps, answer));
                return [.. answer.Output.Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(line => line.Length == 2).Select(line => (line[0], $"{ServiceQuestion.Subject(container)}: {line[1]}"))];
            }
            catch (EngineException e)
            {
                throw new ChangeRefusedException([ServiceQuestion.CannotAsk(container, e)]);
            }
        }
        return [];
    }

    private async Task<ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableArray<byte>>>> DeployedAsync(IEnumerable<DesiredContainer> containers, CancellationToken cancel)
    {
        var hosts = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, ImmutableArray<byte>>>(StringComparer.Ordinal);
        foreach (DesiredContainer container in containers.Where(container => container.ConfigFolder is not null))
        {
            var files = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<byte>>(StringComparer.Ordinal);
            foreach (string path in observed.Hosts[container.Host].Files.Keys.Where(path => path.StartsWith($"{container.ConfigFolder}/", StringComparison.Ordinal)))
                if (await session.Hosts[container.Host].Files.FindAsync(path, cancel) is { } content) files[Path.GetRelativePath(container.ConfigFolder!, path)] = [.. content];
            if (files.Count > 0) hosts[container.Host] = files.ToImmutable();
        }
        return hosts.ToImmutable();
    }
}
