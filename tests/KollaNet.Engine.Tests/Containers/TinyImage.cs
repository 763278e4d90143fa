using System.Formats.Tar;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Processes;
using KollaNet.TestHost;

namespace KollaNet.Engine.Tests.Containers;

/// <summary>A root file system of one program: the distribution's static busybox. Fetched once per machine.</summary>
public static class TinyImage
{
    private static readonly string[] Commands = ["sh", "cat", "echo", "sleep", "printf", "id", "true", "false", "test", "kill", "head", "seq"];

    /// <summary>Imports it under a reference of the caller's own.</summary>
    public static async Task<string> ImportAsync(IContainerEngine engine, string reference, CancellationToken cancel, params string[] changes)
    {
        await using MemoryStream tar = new();
        await WriteTarAsync(tar, await BusyboxAsync(cancel), cancel);
        tar.Position = 0;
        return await engine.ImportImageAsync(reference, tar, [.. changes], cancel);
    }

    private static async Task WriteTarAsync(Stream tar, string busybox, CancellationToken cancel)
    {
        await using TarWriter writer = new(tar, TarEntryFormat.Pax, leaveOpen: true);
        foreach (string folder in (string[])["bin", "etc", "tmp"]) await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, folder) { Mode = (UnixFileMode)0b111_101_101 }, cancel);
        await using FileStream program = File.OpenRead(busybox);
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox") { Mode = (UnixFileMode)0b111_101_101, DataStream = program }, cancel);
        foreach (string command in Commands) await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{command}") { LinkName = "busybox" }, cancel);
        using MemoryStream users = new("root:x:0:0:root:/:/bin/sh\nkolla:x:42400:42400::/:/bin/sh\n"u8.ToArray());
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "etc/passwd") { DataStream = users }, cancel);
    }

    private static async Task<string> BusyboxAsync(CancellationToken cancel)
    {
        using MachineLock alone = await TestMachine.AloneAsync(cancel);
        string cached = Path.Combine(TestImages.CacheFolder, "busybox");
        if (File.Exists(cached)) return cached;
        Directory.CreateDirectory(TestImages.CacheFolder);
        string folder = Directory.CreateTempSubdirectory("kollanet-test-busybox-").FullName;
        string script = $"""
            set -e
            cd {folder}
            apt-get download -q busybox-static || (apt-get update -q && apt-get download -q busybox-static)
            dpkg-deb -x busybox-static_*.deb out
            mv "$(ls out/bin/busybox out/usr/bin/busybox 2>/dev/null | head -1)" {cached}.new
            mv {cached}.new {cached}
            """;
        ProcessResult result = await new ProcessRunner().RunAsync(new ProcessRequest("sh", ["-c", script]), cancel);
        Directory.Delete(folder, recursive: true);
        return result.ExitCode == 0 ? cached : throw new InvalidOperationException($"busybox-static could not be fetched: {result.Error}");
    }
}
