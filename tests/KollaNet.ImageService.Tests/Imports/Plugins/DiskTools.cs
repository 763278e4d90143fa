using System.Diagnostics;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Imports.Plugins;

/// <summary>The distribution's own programs that make and read disks, run in a folder that goes with the test.</summary>
internal sealed class DiskTools : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-disks-");

    private DiskTools()
    {
    }

    public static async Task<DiskTools> StartAsync()
    {
        await TestMachine.EnsurePackagesAsync(TestContext.Current.CancellationToken, "qemu-utils", "lhasa", "genisoimage", "cryptsetup-bin", "fdisk", "zip");
        return new DiskTools();
    }

    public string PathOf(string name) => Path.Combine(folder.FullName, name);

    public byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(PathOf(name), bytes);

    /// <summary>Runs one command with the folder as its working directory.</summary>
    /// <returns>What it printed.</returns>
    public Task<string> RunAsync(string command) => RunAsync(command, folder.FullName);

    public static async Task<string> RunAsync(string command, string folder)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command + " 2>&1"]) { WorkingDirectory = folder, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{command}: {text}");
    }

    public void Dispose() => folder.Delete(recursive: true);
}
