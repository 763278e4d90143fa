using System.Collections.Immutable;

namespace KollaNet.Engine.Planning;

/// <summary>Volumes that are there were made with other options than are wanted, and docker cannot change a volume. No host was changed.</summary>
public sealed class VolumeDiffersException(ImmutableArray<string> volumes) : KollaNetException(
    "A volume cannot be given other options.", string.Join("\n", volumes),
    "give the new one another name in globals.yml and copy what is in the old one; or, when its data lies on a server or is not needed, stop and remove the containers that use it, docker volume rm it, and run the same command again: what is on a server stays there; nothing was changed on any host")
{
    /// <summary>One sentence each.</summary>
    public ImmutableArray<string> Volumes { get; } = volumes;
}
