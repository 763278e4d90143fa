using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Images;

/// <summary>Makes the image that all others start from: a registry's, when one answers, else a minimal system from the distribution's packages.</summary>
/// <param name="Reference">The image it makes.</param>
/// <param name="Site">Value of the label that says whose image it is.</param>
/// <param name="Upstream">Pulled first; empty to go straight to packages.</param>
/// <param name="Suite">The distribution's release.</param>
/// <param name="Sources">One-line apt entries; the first is where the system comes from.</param>
/// <param name="CacheFolder">Where the system's tar is made.</param>
public sealed record RootfsStep(string HostName, string Reference, string Site, string Upstream, string Suite, ImmutableArray<string> Sources, string CacheFolder)
    : Step(new StepId(HostName, "base image", Reference), "base", "every image starts from it", [])
{
    private static readonly TimeSpan PullPatience = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public override bool IsChange => false;

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        IHost host = on.Host(HostName);
        string fingerprint = Fingerprint();
        ObservedImage? found = await host.Containers.FindImageAsync(Reference, cancel);
        if (found?.Labels.GetValueOrDefault(BuildImageStep.FingerprintLabel) == fingerprint) return StepResult.Unchanged();

        var labels = BuildImageStep.LabelsOf(Site, fingerprint);
        if (Upstream.Length > 0 && await PullAsync(host, on, cancel))
        {
            await using Stream context = BuildContext.Open([new ContextFile("Dockerfile", Encoding.UTF8.GetBytes($"FROM {Upstream}\n"))], []);
            await host.Containers.BuildImageAsync(new BuildRequest(Reference, labels), context, new StepLines(on, Id), cancel);
            return StepResult.Did($"from {Upstream}");
        }

        await MakeAsync(host, on, labels, cancel);
        return StepResult.Did($"{Suite} from the distribution's packages");
    }

    private async Task<bool> PullAsync(IHost host, StepContext on, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(PullPatience);
        try
        {
            on.Report(Id, $"trying to pull {Upstream}");
            await host.Containers.PullImageAsync(Upstream, null, new StepLines(on, Id), patience.Token);
            return true;
        }
        catch (EngineException problem)
        {
            on.Report(Id, $"{Upstream} cannot be pulled ({problem.Why}); making it from packages");
            return false;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            on.Report(Id, $"no registry answered within {PullPatience.TotalSeconds:0} s; making it from packages");
            return false;
        }
    }

    private async Task MakeAsync(IHost host, StepContext on, ImmutableSortedDictionary<string, string> labels, CancellationToken cancel)
    {
        if (Sources.Length == 0)
        {
            throw new KollaNetException("There is nowhere to take packages from.", $"the host's apt sources have no entry for {Suite}",
                "set build_apt_mirror and build_apt_suite in globals.yml");
        }

        string tar = Path.Combine(CacheFolder, $"rootfs-{Suite}-{Guid.NewGuid():N}.tar");
        try
        {
            on.Report(Id, $"mmdebstrap {Suite}");
            CommandResult result = await host.RunScriptAsync(Script(tar), cancel);
            if (result.ExitCode != 0)
            {
                throw new KollaNetException($"The base system {Suite} could not be made.", LastLines(result.Error, 5),
                    "check that the host's own apt-get update works, then run kollanet build again");
            }

            await using FileStream content = File.OpenRead(tar);
            ImmutableArray<string> changes = [.. labels.Select(label => $"LABEL {label.Key}={label.Value}"), "CMD [\"bash\"]"];
            await host.Containers.ImportImageAsync(Reference, content, changes, cancel);
        }
        finally
        {
            File.Delete(tar);
        }
    }

    /// <summary>Documentation, manuals and translations stay out: no service reads them.</summary>
    private string Script(string tar) => $"""
        set -e
        mkdir -p '{CacheFolder}'
        command -v mmdebstrap > /dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mmdebstrap > /dev/null
        mmdebstrap --variant=minbase --quiet \
          --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
          --dpkgopt='path-include=/usr/share/doc/*/copyright' \
          '{Suite}' '{tar}' - <<'SOURCES'
        {string.Join('\n', Sources)}
        SOURCES
        """;

    private string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [Upstream, Suite, .. Sources]))))[..32];

    private static string LastLines(string text, int count) => string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(count));
}
