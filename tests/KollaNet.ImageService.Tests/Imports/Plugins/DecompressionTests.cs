using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Imports.Plugins;

/// <summary>Imports through the plugins image_decompression and inject_image_metadata, and plugins that are none.</summary>
public sealed class DecompressionTests : IAsyncLifetime
{
    private const string Decompress = "[image_import_opts]\nimage_import_plugins = [image_decompression]";
    private static readonly byte[] Data = RandomNumberGenerator.GetBytes((1 << 20) + 7);
    private DiskTools tools = null!;

    public async ValueTask InitializeAsync()
    {
        tools = await DiskTools.StartAsync();
        tools.Write("disk.raw", Data);
    }

    public ValueTask DisposeAsync()
    {
        tools.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_is_packed_is_unpacked_and_everything_else_stays()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = Decompress });
        await tools.RunAsync("gzip -k disk.raw; zip -q deflated.zip disk.raw; zip -q -0 stored.zip disk.raw; zip -q -fz streamed.zip - < disk.raw; printf 'PK\\3\\4' | cat - disk.raw > half.zip");
        tools.Write("disk.lzh", Lha(("disk.raw", Data)));
        foreach (string file in new[] { "disk.raw.gz", "deflated.zip", "stored.zip", "streamed.zip", "disk.lzh", "disk.raw" })
        {
            string id = await api.StagedAsync(tools.Read(file));
            await api.ImportAsync(id, Glance());

            (JsonNode image, JsonNode task) = await api.SettledAsync(id);

            ((string?)image["status"], (long?)image["size"], (string?)image["os_hash_value"]).Should().Be(("active", Data.Length, Convert.ToHexStringLower(SHA512.HashData(Data))), "{0}: {1}", file, task);
        }

        string compressed = await api.StagedAsync(tools.Read("disk.raw.gz"), "raw", "compressed");
        await api.ImportAsync(compressed, Glance());
        ((long?)(await api.SettledAsync(compressed)).Image["size"]).Should().Be(tools.Read("disk.raw.gz").Length, "it says that it is compressed");
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task Archives_of_several_files_damaged_ones_and_bombs_are_refused()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = $"image_size_cap = {2 << 20}", Sections = Decompress });
        await tools.RunAsync("echo a > a; echo b > b; zip -q two.zip a b; zip -q -P secret locked.zip a; gzip -k disk.raw; head -c 1000 disk.raw.gz > cut.gz; head -c 1000000 disk.raw.gz > end.gz; zip -q good.zip disk.raw");
        await tools.RunAsync("head -c 64M /dev/zero | gzip > bomb.gz; head -c 64M /dev/zero > zeros; zip -q bomb.zip zeros");
        byte[] wrong = tools.Read("good.zip"), many = tools.Read("two.zip");
        wrong[^(wrong.Length / 2)] ^= 0xff;
        tools.Write("wrong.zip", wrong);
        int end = many.AsSpan().LastIndexOf("PK\x05\x06"u8);
        many[end + 8] = many[end + 10] = 1;
        tools.Write("liar.zip", many);
        tools.Write("far.zip", [.. many[..(end + 16)], 0xff, 0xff, 0xff, 0x7f, 0, 0]);
        tools.Write("two.lzh", Lha(("a", [1]), ("b", [2])));
        foreach ((string file, string why) in new[]
        {
            ("two.zip", "the zip archive must hold one file"), ("liar.zip", "damaged"), ("far.zip", "must hold one file"), ("locked.zip", "not encrypted"), ("two.lzh", "the LHA archive must hold one file"),
            ("cut.gz", "damaged"), ("wrong.zip", "damaged"), ("bomb.gz", "exceeds the limit"), ("bomb.zip", "exceeds the limit"),
        })
        {
            string id = await api.StagedAsync(tools.Read(file));
            await api.ImportAsync(id, Glance());

            (JsonNode image, JsonNode task) = await api.SettledAsync(id);

            ((string?)image["status"], image["size"], (string?)task["status"]).Should().Be(("queued", null, "failure"), file);
            ((string?)task["message"]).Should().Contain(why, file);
        }

        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
        Directory.GetFileSystemEntries(api.ImagesFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task What_is_unpacked_counts_against_the_quota_while_it_is()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "user_storage_quota = 3MB", Sections = Decompress });
        await tools.RunAsync("head -c 64M /dev/zero | gzip > bomb.gz");
        string id = await api.StagedAsync(tools.Read("bomb.gz"));
        await api.ImportAsync(id, Glance());

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"]).Should().Be("queued");
        ((string?)task["message"]).Should().Contain("would exceed the storage quota of 3145728 bytes");
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task Plugins_work_one_after_the_other()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer
        {
            Sections = """
                [image_import_opts]
                image_import_plugins = [no_op, image_decompression, inject_image_metadata, image_conversion]
                [image_conversion]
                output_format = raw
                [inject_metadata_properties]
                ignore_user_roles = admin,billing
                inject = "source":"catalogue","hw_disk_bus":"virtio"
                """,
        });
        tools.Write("disk.raw", Data[..(1 << 20)]);
        await tools.RunAsync("qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2; gzip disk.qcow2");
        foreach ((string token, string? injected) in new[] { (ApiServer.Owner, "catalogue"), (ApiServer.Biller, null) })
        {
            string id = await api.StagedAsync(tools.Read("disk.qcow2.gz"), "qcow2", "bare");
            await api.ImportAsync(id, Glance(), token);

            (JsonNode image, JsonNode task) = await api.SettledAsync(id);

            ((string?)image["status"], (string?)image["disk_format"], (long?)image["size"], (long?)image["virtual_size"], (string?)image["source"]).Should().Be(("active", "raw", 1 << 20, 1 << 20, injected), task.ToJsonString());
        }
    }

    [Fact]
    public async Task Plugins_that_are_not_known_stop_the_start()
    {
        var api = new ApiServer { Sections = "[image_import_opts]\nimage_import_plugins = [image_conversion, image_compression, nothing]" };

        ConfigurationInvalidException failure = (await api.Invoking(server => server.InitializeAsync().AsTask()).Should().ThrowAsync<ConfigurationInvalidException>()).Which;

        const string Place = "[image_import_opts] image_import_plugins: ", Known = "is not known; known are image_conversion, image_decompression, inject_image_metadata, no_op";
        failure.Problems.Should().Equal($"{Place}'image_compression' {Known}", $"{Place}'nothing' {Known}");
        await api.DisposeAsync();
    }

    /// <summary>Members as they are, uncompressed. Source: LHA header, level 0.</summary>
    private static byte[] Lha(params (string Name, byte[] Data)[] members) => [.. members.SelectMany(member => LhaMember(member.Name, member.Data)), 0];

    private static byte[] LhaMember(string name, byte[] data)
    {
        byte[] size = BitConverter.GetBytes(data.Length);
        byte[] body = [.. "-lh0-"u8, .. size, .. size, 0, 0, 0x9a, 0x59, 0x20, 0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. BitConverter.GetBytes(Crc16(data))];
        return [(byte)body.Length, (byte)body.Sum(one => one), .. body, .. data];
    }

    private static ushort Crc16(byte[] data)
    {
        ushort crc = 0;
        foreach (byte one in data)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++) crc = (ushort)((crc & 1) == 1 ? (crc >> 1) ^ 0xA001 : crc >> 1);
        }

        return crc;
    }
}
