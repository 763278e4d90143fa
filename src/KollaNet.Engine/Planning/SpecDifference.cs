using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

/// <summary>Decides what has to happen to a container, and says why.</summary>
internal static class SpecDifference
{
    /// <param name="now">Null when there is no such container.</param>
    /// <param name="imageId">Id of the wanted image; null when it is not on the host.</param>
    /// <param name="rewritten">Names of its configuration files that this plan writes or deletes.</param>
    /// <param name="newestFile">The newest of its configuration files, with its time; null when there are none yet.</param>
    public static (ContainerAction Action, string Because) Between(
        ObservedContainer? now, DesiredContainer wanted, string? imageId, ImmutableArray<string> rewritten, (string Name, DateTimeOffset At)? newestFile)
    {
        ContainerSpec spec = wanted.Spec;
        if (now is null) return (ContainerAction.Create, "is missing");
        if (!now.Labels.ContainsKey(OurLabels.Site)) return (ContainerAction.Recreate, "was made by kolla-ansible; taken over with its volumes");
        if (imageId is not null && now.ImageId != imageId) return (ContainerAction.Recreate, $"image is {Short(now.ImageId)}, wanted {Short(imageId)}");
        string? specWas = now.Labels.GetValueOrDefault(OurLabels.Spec), specWanted = spec.Labels.GetValueOrDefault(OurLabels.Spec);
        if (specWas != specWanted)
        {
            ImmutableArray<string>? differences = SpecText.Differences(specWas, specWanted!);
            return (ContainerAction.Recreate, differences is { IsEmpty: false } some ? string.Join("; ", some) : "was made by another version");
        }
        if (now.Labels.GetValueOrDefault(OurLabels.Config) != spec.Labels.GetValueOrDefault(OurLabels.Config))
            return (ContainerAction.Recreate, rewritten.IsEmpty ? "configuration changed since it was made" : $"configuration {string.Join(", ", rewritten)} changed");
        return OfState(now, rewritten, newestFile);
    }

    private static (ContainerAction Action, string Because) OfState(ObservedContainer now, ImmutableArray<string> rewritten, (string Name, DateTimeOffset At)? newestFile) => now.State switch
    {
        "running" when now.Health == "unhealthy" => (ContainerAction.Restart, "is unhealthy"),
        "running" when !rewritten.IsEmpty => (ContainerAction.Restart, $"configuration {string.Join(", ", rewritten)} was changed by hand"),
        "running" when newestFile is { } file && file.At > now.StartedAt => (ContainerAction.Restart, $"configuration {file.Name} is newer than its start"),
        "running" => (ContainerAction.Keep, "runs as wanted"),
        "restarting" => (ContainerAction.Restart, $"is {ContainerStep.Describe(now)}"),
        "created" => (ContainerAction.Start, "was made but never started"),
        "exited" => (ContainerAction.Start, $"is {ContainerStep.Describe(now)}"),
        _ => (ContainerAction.Recreate, $"is {ContainerStep.Describe(now)}"),
    };

    /// <summary>The first digits of an image id.</summary>
    public static string Short(string imageId)
    {
        string digits = imageId.StartsWith("sha256:", StringComparison.Ordinal) ? imageId[7..] : imageId;
        return digits.Length > 12 ? digits[..12] : digits;
    }
}
