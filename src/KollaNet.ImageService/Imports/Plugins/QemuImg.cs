using System.Collections.Frozen;
using System.Text.Json;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary>What <c>qemu-img</c> found in a disk.</summary>
/// <param name="Danger">Why it must not be converted; null when nothing is known against it.</param>
internal sealed record QemuDisk(long VirtualSizeBytes, string? Danger);

/// <summary>The program <c>qemu-img</c>, within limits and always told which format to read: it must never guess. Source: qemu-img(1).</summary>
internal static class QemuImg
{
    private const string Program = "qemu-img";
    private const long AddressSpaceBytes = 1L << 30, GiB = 1L << 30;
    private static readonly TimeSpan LookTime = TimeSpan.FromSeconds(30);

    private static readonly FrozenDictionary<string, string> DriverByFormat = new Dictionary<string, string>
    {
        ["raw"] = "raw",
        ["qcow2"] = "qcow2",
        ["vmdk"] = "vmdk",
        ["vdi"] = "vdi",
        ["vhd"] = "vpc",
        ["vhdx"] = "vhdx",
    }.ToFrozenDictionary();

    /// <param name="diskFormat">As images say it.</param>
    public static bool Knows(string diskFormat) => DriverByFormat.ContainsKey(diskFormat);

    public static async Task<QemuDisk> InspectAsync(string path, string diskFormat, CancellationToken cancel)
    {
        var limits = new ProcessLimits(LookTime, AddressSpaceBytes, FileBytes: 0);
        string text = await LimitedProcess.ReadAsync(limits, Program, ["info", "-f", DriverByFormat[diskFormat], "--output=json", path], cancel);
        using JsonDocument info = JsonDocument.Parse(text);
        return new QemuDisk(info.RootElement.GetProperty("virtual-size").GetInt64(), FindDanger(info.RootElement));
    }

    /// <param name="mostBytes">The new file may not become larger.</param>
    public static async Task ConvertAsync(
        string source, string sourceFormat, string target, string targetFormat, long virtualSizeBytes, long mostBytes, CancellationToken cancel)
    {
        // Reading, decompressing and writing a GiB takes a few seconds of processor time; an honest disk stays far below this.
        var limits = new ProcessLimits(TimeSpan.FromSeconds(60 + (30 * (virtualSizeBytes / GiB))), AddressSpaceBytes, mostBytes);
        await LimitedProcess.ReadAsync(limits, Program, ["convert", "-f", DriverByFormat[sourceFormat], "-O", DriverByFormat[targetFormat], source, target], cancel);
    }

    private static string? FindDanger(JsonElement info)
    {
        if (info.TryGetProperty("backing-filename", out _) || info.TryGetProperty("full-backing-filename", out _)) return "it has a backing file";
        bool external = info.TryGetProperty("format-specific", out JsonElement specific) && specific.TryGetProperty("data", out JsonElement data) && data.TryGetProperty("data-file", out _);
        return external ? "its data is in an external file" : null;
    }
}
