using System.Diagnostics;

namespace KollaNet.Bench.Workloads;

/// <summary>The disk that everything shares.</summary>
internal static class Disk
{
    /// <summary>Waits until earlier measurements are written back, so that they do not slow down the next one.</summary>
    public static void Settle()
    {
        using Process sync = Process.Start("sync");
        sync.WaitForExit();
    }
}
