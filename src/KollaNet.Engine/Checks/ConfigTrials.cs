using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>Has the program that will read a configuration try it: in a throwaway container of the service's image, without network and volumes, the rendered files in a folder that only root can enter and that is gone afterwards.</summary>
internal sealed class ConfigTrials(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts)
{
    /// <summary>One check per command of each container that has some; all containers at once.</summary>
    public async Task<IEnumerable<Check>> RunAsync(CancellationToken cancel) => (await Task.WhenAll(desired.Containers
        .Where(container => container.Validations.Length > 0 && desired.IsTagged(container.Service)).Select(container => TryAsync(container, cancel)))).SelectMany(checks => checks);

    private async Task<ImmutableArray<Check>> TryAsync(DesiredContainer container, CancellationToken cancel)
    {
        IHost host = hosts[container.Host];
        try
        {
            if (await host.Containers.FindImageAsync(container.Spec.Image, cancel) is null)
                return [Failed(container, $"cannot be tried: image {container.Spec.Image} is missing", desired.Registry is null ? "kollanet build" : "kollanet pull")];
            var checks = ImmutableArray.CreateBuilder<Check>();
            await using (var files = new TrialFiles(host, container, desired.SiteId, "validate"))
            {
                await files.WriteAsync(cancel);
                foreach (ImmutableArray<string> command in container.Validations) checks.Add(await TryAsync(container, files.Folder, command, cancel));
            }
            return checks.ToImmutable();
        }
        catch (KollaNetException e) when (e is EngineException or HostCommandException)
        {
            return [Failed(container, $"cannot be tried: {e.What} {e.Why}", e.Next)];
        }
    }

    private async Task<Check> TryAsync(DesiredContainer container, string folder, ImmutableArray<string> command, CancellationToken cancel)
    {
        ContainerSpec trial = ThrowawayContainer.SpecOf(container, "validate", folder, command) with { NetworkMode = "none" };
        JobResult result = await ThrowawayContainer.RunAsync(hosts[container.Host].Containers, trial, cancel);
        return result.ExitCode == 0 ? new Check(container.Host, SubjectOf(container), CheckResult.Passed, $"accepted by {command[0]}")
            : Failed(container, $"refused by {command[0]} (code {result.ExitCode}){WordsOf(result)}", "correct globals.yml or the files below node_custom_config; kollanet genconfig writes the files that were tried");
    }

    private string WordsOf(JobResult result) => result.Output.IsEmpty ? " and says nothing" : ":" + string.Concat(result.Output.Select(line => "\n| " + desired.Secrets.Redact(line.TrimEnd())));

    private static Check Failed(DesiredContainer container, string message, string? next) => new(container.Host, SubjectOf(container), CheckResult.Failed, message, next);

    private static string SubjectOf(DesiredContainer container) => $"configuration of {container.Spec.Name}";
}
