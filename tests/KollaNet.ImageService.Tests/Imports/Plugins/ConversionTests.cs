using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Imports.Plugins;

/// <summary>Imports through the plugin image_conversion, with the real qemu-img.</summary>
public sealed class ConversionTests : IAsyncLifetime
{
    private const int DiskBytes = 8 << 20;
    private static readonly byte[] Disk = [.. RandomNumberGenerator.GetBytes(1 << 20), .. new byte[DiskBytes - (1 << 20)]];
    private DiskTools tools = null!;

    public async ValueTask InitializeAsync()
    {
        tools = await DiskTools.StartAsync();
        tools.Write("disk.raw", Disk);
    }

    public ValueTask DisposeAsync()
    {
        tools.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_kind_of_disk_becomes_raw()
    {
        await using ApiServer api = await ConvertingAsync("raw");
        foreach ((string format, string driver, string options) in new[]
        {
            ("qcow2", "qcow2", ""), ("qcow2", "qcow2", "-c"), ("vmdk", "vmdk", "-o subformat=streamOptimized"), ("vmdk", "vmdk", ""), ("vdi", "vdi", ""), ("vhd", "vpc", "-o force_size=on"), ("vhdx", "vhdx", ""), ("raw", "raw", ""),
        })
        {
            await tools.RunAsync($"qemu-img convert -f raw -O {driver} {options} disk.raw disk.{format}.new && mv disk.{format}.new disk.{format}");
            string id = await api.StagedAsync(tools.Read($"disk.{format}"), format, "bare");
            await api.ImportAsync(id, Glance());

            (JsonNode image, JsonNode task) = await api.SettledAsync(id);

            ((string?)image["status"], (string?)image["disk_format"], (string?)image["container_format"]).Should().Be(("active", "raw", "bare"), "{0} {1}: {2}", format, options, task);
            ((long?)image["size"], (long?)image["virtual_size"]).Should().Be((DiskBytes, DiskBytes), format);
            ((string?)image["os_hash_value"]).Should().Be(Convert.ToHexStringLower(SHA512.HashData(Disk)), format);
        }

        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
    }

    [Theory]
    [InlineData("raw", "qcow2")]
    [InlineData("qcow2", "vmdk")]
    public async Task A_disk_becomes_what_the_option_says(string from, string to)
    {
        await using ApiServer api = await ConvertingAsync(to);
        await tools.RunAsync($"qemu-img convert -f raw -O {from} disk.raw source");
        string id = await api.StagedAsync(tools.Read("source"), from, "bare");
        await api.ImportAsync(id, Glance(more: "\"all_stores\": true"));

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)image["disk_format"], (long?)image["virtual_size"]).Should().Be(("active", to, DiskBytes), task.ToJsonString());
        string stored = Path.Combine(api.ImagesFolder, id);
        ((long?)image["size"]).Should().Be(new FileInfo(stored).Length);
        await tools.RunAsync($"qemu-img compare -f raw -F {to} disk.raw {stored}");
    }

    [Fact]
    public async Task What_is_right_already_and_discs_are_left_alone_and_what_cannot_be_converted_is_queued_again()
    {
        await using ApiServer api = await ConvertingAsync("qcow2");
        await tools.RunAsync("qemu-img convert -f raw -O qcow2 disk.raw right.qcow2; mkdir disc; echo hello > disc/readme; genisoimage -quiet -o disc.iso disc; qemu-img create -q -f qcow2 -b /etc/hostname -F raw backed.qcow2");
        foreach ((string file, string format) in new[] { ("right.qcow2", "qcow2"), ("disc.iso", "iso") })
        {
            string id = await api.StagedAsync(tools.Read(file), format, "bare");
            await api.ImportAsync(id, Glance());

            (JsonNode image, JsonNode task) = await api.SettledAsync(id);

            ((string?)image["status"], (string?)image["disk_format"], (string?)image["checksum"]).Should().Be(
                ("active", format, Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, tools.Read(file)))), task.ToJsonString());
        }

        foreach ((string file, string format, string container, string why) in new[]
        {
            ("disk.raw", "ami", "ami", "only images with container_format bare can be converted, not ami"),
            ("disk.raw", "ploop", "bare", "images with disk_format ploop cannot be converted"),
            ("disk.raw", "vdi", "bare", "disk_format is vdi, the content is raw"),
            ("right.qcow2", "raw", "bare", "disk_format is raw, the content is qcow2"),
            ("backed.qcow2", "qcow2", "bare", "it has a backing file"),
        })
        {
            string id = await api.StagedAsync(tools.Read(file), format, container);
            await api.ImportAsync(id, Glance());

            (JsonNode image, JsonNode task) = await api.SettledAsync(id);

            ((string?)image["status"], (string?)image["disk_format"], (string?)image["os_glance_failed_import"], (string?)task["status"]).Should().Be(("queued", format, "fast", "failure"), why);
            ((string?)task["message"]).Should().StartWith("Task failed due to Internal Error: image_conversion: ").And.Contain(why);
        }

        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
        Directory.GetFileSystemEntries(api.ImagesFolder).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_disk_larger_than_images_may_be_is_not_even_begun()
    {
        await using ApiServer api = await ConvertingAsync("raw");
        await tools.RunAsync("qemu-img create -q -f qcow2 huge.qcow2 4T");
        string id = await api.StagedAsync(tools.Read("huge.qcow2"), "qcow2", "bare");
        await api.ImportAsync(id, Glance());

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"]).Should().Be("queued");
        ((string?)task["message"]).Should().Contain("its disk of 4398046511104 bytes is larger than");
    }

    private static Task<ApiServer> ConvertingAsync(string format) => ApiServer.StartAsync(new ApiServer
    {
        Sections = $"[image_import_opts]\nimage_import_plugins = [image_conversion]\n[image_conversion]\noutput_format = {format}",
    });
}
