using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>Reads what the containers of a service wrote.</summary>
internal sealed class ServiceLogs(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts)
{
    public async IAsyncEnumerable<LogLine> ReadAsync(string service, bool follow, int tailLines, [EnumeratorCancellation] CancellationToken cancel)
    {
        ImmutableArray<(string Host, string Name)> containers = Find(service);
        if (containers.IsEmpty) throw Unknown(service);
        var lines = Channel.CreateBounded<LogLine>(1000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task reading = Task.WhenAll(containers.Select(container => CopyAsync(container.Host, container.Name, follow, tailLines, lines.Writer, stop.Token)))
            .ContinueWith(done => lines.Writer.Complete(done.Exception?.InnerException), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await foreach (LogLine line in lines.Reader.ReadAllAsync(cancel)) yield return line;
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    private async Task CopyAsync(string host, string name, bool follow, int tailLines, ChannelWriter<LogLine> to, CancellationToken cancel)
    {
        IContainerEngine engine = hosts[host].Containers;
        if (follow) await foreach (string line in engine.FollowLogAsync(name, tailLines, cancel)) await to.WriteAsync(new LogLine(host, name, desired.Secrets.Redact(line)), cancel);
        else foreach (string line in await engine.TailLogAsync(name, tailLines, cancel)) await to.WriteAsync(new LogLine(host, name, desired.Secrets.Redact(line)), cancel);
    }

    private ImmutableArray<(string Host, string Name)> Find(string name)
    {
        IEnumerable<(string, string)> containers = desired.Containers.Where(container => name == container.Service || name == container.Role || name == container.Spec.Name).Select(container => (container.Host, container.Spec.Name));
        IEnumerable<(string, string)> jobs = desired.Services.SelectMany(service => service.Jobs).Where(job => job.Spec is not null && IsJob(job, name)).Select(job => (job.Container.Host, job.Spec!.Name));
        return [.. containers.Concat(jobs).Distinct()];
    }

    private static bool IsJob(DesiredJob job, string name) => job.Name == name || job.Name == job.Container.Spec.Name[..^job.Container.Role.Length] + name;

    private KollaNetException Unknown(string service)
    {
        IEnumerable<string> known = desired.Services.Select(entry => entry.Name).Concat(desired.Containers.Select(container => container.Role)).Concat(desired.Services.SelectMany(entry => entry.Jobs).Where(job => job.Spec is not null).Select(job => job.Name));
        return new KollaNetException($"There is no service or container '{service}' in this site.", "it is not enabled, or is called something else", $"one of: {string.Join(", ", known.Distinct().Order(StringComparer.Ordinal))}");
    }
}
