using System.Globalization;

namespace KollaNet.Engine.Hosts;

/// <summary>Names for files that are still being written: <c>.NAME.PID-NUMBER.kollanet</c> beside the file they will replace.
/// One whose process is gone was abandoned, for example by a power cut, and is removed by the next write to that file.</summary>
internal static class UnfinishedFile
{
    /// <summary>How every such name ends.</summary>
    public const string Suffix = ".kollanet";

    private static int counter;

    public static bool Is(string path) => path.EndsWith(Suffix, StringComparison.Ordinal) && Path.GetFileName(path).StartsWith('.');

    public static string NameFor(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref counter)}{Suffix}");

    public static void RemoveAbandoned(string path)
    {
        string before = $".{Path.GetFileName(path)}.";
        foreach (string candidate in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, $"{before}*{Suffix}"))
        {
            string process = Path.GetFileName(candidate)[before.Length..].Split('-')[0];
            if (int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out _) && !Directory.Exists($"/proc/{process}")) File.Delete(candidate);
        }
    }
}
