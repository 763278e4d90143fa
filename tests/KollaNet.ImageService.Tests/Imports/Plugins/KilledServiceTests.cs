using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Hosting;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Imports.Plugins;

/// <summary>A service that is killed while qemu-img works for it.</summary>
public sealed class KilledServiceTests
{
    [Fact]
    public async Task Kill_9_ends_qemu_img_too_and_the_next_service_clears_up()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using DiskTools tools = await DiskTools.StartAsync();
        // Much to decompress, so that the conversion lasts.
        await tools.RunAsync("for i in 1 2 3 4 5 6 7 8; do head -c 16M /dev/urandom; head -c 48M /dev/zero; done > big.raw; qemu-img convert -c -f raw -O qcow2 big.raw big.qcow2; rm big.raw");
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer
        {
            Sections = "[image_import_opts]\nimage_import_plugins = [image_conversion]\n[image_conversion]\noutput_format = vmdk",
        });
        string id = await api.StagedAsync(tools.Read("big.qcow2"), "qcow2", "bare");
        await api.Server.DisposeAsync();
        await using ServiceProcess service = await ServiceProcess.ServeAsync(api.ConfigFile);
        using var import = new HttpRequestMessage(HttpMethod.Post, $"/v2/images/{id}/import") { Content = ApiServer.Json(Glance()) };
        import.Headers.Add("X-Auth-Token", ApiServer.Owner);
        (await service.Http.SendAsync(import, cancel)).EnsureSuccessStatusCode();
        string staging = api.StagingFolder;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (Directory.GetFiles(staging, "*.partial").Length == 0 || !Converters(staging).Any()) await Task.Delay(5, patience.Token);

        await service.KillAsync();

        while (Converters(staging).Any()) await Task.Delay(10, patience.Token);
        Directory.GetFiles(staging, "*.partial").Should().NotBeEmpty("nobody could clear up");
        await api.StartServerAsync(new LaterClock(TimeSpan.FromMinutes(2)));
        (JsonNode image, JsonNode task) = await api.SettledAsync(id);
        ((string?)image["status"], (string?)image["disk_format"], (string?)task["status"]).Should().Be(("queued", "qcow2", "failure"));
        Directory.GetFileSystemEntries(staging).Should().BeEmpty();
    }

    /// <summary>Running qemu-imgs that work in this folder.</summary>
    private static IEnumerable<string> Converters(string folder) => Directory.GetDirectories("/proc").Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0])).Select(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }).Where(line => line.StartsWith("qemu-img", StringComparison.Ordinal) && line.Contains(folder, StringComparison.Ordinal));

    private sealed class LaterClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
