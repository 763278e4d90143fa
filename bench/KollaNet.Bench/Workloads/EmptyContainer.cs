using System.Diagnostics;
using KollaNet.Bench.Processes;
using KollaNet.Bench.Results;

namespace KollaNet.Bench.Workloads;

/// <summary>What <c>docker start</c> takes by itself: a container of the same image, in which nothing but <c>true</c> runs.</summary>
internal static class EmptyContainer
{
    private const string Name = "kollanet-bench-empty";

    public static Figure Figure { get; } = new("container-empty", "docker start of a container that does nothing, to its end", "s", "", Aim.None, LessIsBetter: true);

    public static Reading Measure(string likeContainer)
    {
        string image = Docker.Run("inspect", "--format", "{{.Config.Image}}", likeContainer);
        Docker.Run("create", "--name", Name, "--network", "host", "--entrypoint", "/bin/true", image);
        try
        {
            long started = Stopwatch.GetTimestamp();
            Docker.Run("start", "--attach", Name);
            return new Reading(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        finally
        {
            Docker.Run("rm", "--force", Name);
        }
    }
}
