using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>Runs a command in a container of a service's image, its configuration put in place by the image itself, and removes it afterwards whatever happens.</summary>
internal static class ThrowawayContainer
{
    /// <summary>What every image of Kolla's contract does first; then the command takes its place. Without a network sudo complains that it cannot find its host, so its words count only when it fails.</summary>
    private const string Entry = """said=$(sudo /usr/local/bin/kolla_set_configs 2>&1) || { printf '%s\n' "$said"; exit 1; }; exec "$@" """;

    private const int TailLines = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The container as it will be, but for this command, and without volumes, host folders and privileges.</summary>
    /// <param name="suffix">Of its name; says what it is for.</param>
    /// <param name="configFolder">Folder on the host with the configuration files; null when the container has none.</param>
    public static ContainerSpec SpecOf(DesiredContainer container, string suffix, string? configFolder, ImmutableArray<string> command) => container.Spec with
    {
        Name = $"{container.Spec.Name}_{suffix}",
        Command = ["bash", "-c", Entry, suffix, .. command],
        Mounts = [.. container.Spec.Mounts.Where(mount => configFolder is not null && mount.Source == container.ConfigFolder).Select(mount => mount with { Source = configFolder! })],
        PidMode = null,
        IpcMode = null,
        Privileged = false,
        ReadOnlyRoot = false,   // What is a volume otherwise has to be written somewhere.
        CapabilitiesAdded = [],
        Devices = [],
        HealthCheck = null,
        RestartPolicy = "no",
        Labels = container.Spec.Labels.Remove(OurLabels.Spec).Remove(OurLabels.Config),
    };

    /// <summary>The container as it will be, with all it can reach, but for this command.</summary>
    /// <inheritdoc cref="SpecOf"/>
    public static ContainerSpec TwinOf(DesiredContainer container, string suffix, string? configFolder, ImmutableArray<string> command) => SpecOf(container, suffix, configFolder, command) with
    {
        Mounts = [.. container.Spec.Mounts.Select(mount => configFolder is not null && mount.Source == container.ConfigFolder ? mount with { Source = configFolder } : mount)],
        PidMode = container.Spec.PidMode,
        IpcMode = container.Spec.IpcMode,
        Privileged = container.Spec.Privileged,
        ReadOnlyRoot = container.Spec.ReadOnlyRoot,
        CapabilitiesAdded = container.Spec.CapabilitiesAdded,
        Devices = container.Spec.Devices,
    };

    /// <summary>Runs it to its end. What a killed run of ours left under its name is replaced.</summary>
    /// <exception cref="EngineException">Somebody else's container has the name, or it did not end in time.</exception>
    public static async Task<JobResult> RunAsync(IContainerEngine engine, ContainerSpec spec, CancellationToken cancel)
    {
        if (await engine.FindContainerAsync(spec.Name, cancel) is { } earlier)
        {
            if (earlier.Labels.GetValueOrDefault(OurLabels.Site) != spec.Labels.GetValueOrDefault(OurLabels.Site))
                throw new EngineException($"Container {spec.Name} is in the way.", "it was made by somebody else", $"docker rm {spec.Name}");
            await engine.RemoveContainerAsync(spec.Name, cancel);
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await engine.RunToEndAsync(spec, TailLines, patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new EngineException($"Container {spec.Name} was given up.", $"it did not end within {Patience.TotalSeconds:0} s");
        }
        finally
        {
            await engine.RemoveContainerAsync(spec.Name, CancellationToken.None);
        }
    }
}
