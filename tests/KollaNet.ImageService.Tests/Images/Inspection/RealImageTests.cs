using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Imports.Plugins;

namespace KollaNet.ImageService.Tests.Images.Inspection;

/// <summary>The table of the image-api reference, section 9.1, and the rules for virtual_size of section 3, with files that the real tools make, uploaded to the real API.</summary>
public sealed class RealImageTests
{
    private const long MiB = 1 << 20;

    // force_size: qemu-img rounds the sizes of VHDs up to their geometry otherwise.
    private const string Make = """
        set -e
        head -c 1M /dev/urandom > content
        cp content plain.raw; truncate -s 8M plain.raw
        dd if=/dev/zero of=plain.raw bs=512 count=64 conv=notrunc status=none
        make() { qemu-img create -q -f "$@"; }
        make qcow2 -o compat=0.10 v2.qcow2 8M
        make qcow2 -o compat=1.1 v3.qcow2 8M
        make qcow2 -o compat=1.1,compression_type=zstd,extended_l2=on features.qcow2 8M
        make qcow2 -b v3.qcow2 -F qcow2 backing.qcow2
        make qcow2 -o data_file=outside.raw,data_file_raw=on external.qcow2 8M
        make vmdk -o subformat=monolithicSparse sparse.vmdk 8M
        qemu-img convert -O vmdk -o subformat=streamOptimized plain.raw stream.vmdk
        make vmdk -o subformat=monolithicFlat flat.vmdk 8M
        make vmdk -o subformat=twoGbMaxExtentSparse split.vmdk 8M
        make vdi plain.vdi 8M
        make vdi -o static=on static.vdi 8M
        make vpc -o force_size=on,subformat=dynamic dynamic.vhd 8M
        make vpc -o force_size=on,subformat=fixed fixed.vhd 8M
        make vhdx -o subformat=dynamic dynamic.vhdx 8M
        make vhdx -o subformat=fixed fixed.vhdx 8M
        make qed plain.qed 8M
        make luks --object secret,id=s,data=secret -o key-secret=s,iter-time=10 one.luks 8M
        truncate -s 32M two.luks
        echo secret | cryptsetup luksFormat --type luks2 --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 two.luks -
        mkdir files; echo hello > files/readme
        genisoimage -quiet -o plain.iso files
        genisoimage -quiet -udf -o udf.iso files
        cp plain.iso hybrid.iso
        echo 'label: dos' | /sbin/sfdisk -q --force hybrid.iso
        printf 'start=64, size=100, type=17, bootable\n' | /sbin/sfdisk -q --force --append hybrid.iso
        cp plain.raw gpt.raw; printf 'label: gpt\nsize=2M, type=L\n' | /sbin/sfdisk -q gpt.raw
        cp plain.raw mbr.raw; printf 'label: dos\nsize=2M, type=83, bootable\n' | /sbin/sfdisk -q mbr.raw
        cp mbr.raw broken.raw; printf '\177' | dd of=broken.raw bs=1 seek=446 conv=notrunc status=none
        cp v3.qcow2 two-formats; truncate -s 64K two-formats; printf 'CD001' | dd of=two-formats bs=1 seek=32769 conv=notrunc status=none
        cp content odd.raw; truncate -s 1048577 odd.raw
        : > empty
        """;

    /// <summary>As large as the file.</summary>
    private static readonly object Bytes = new();

    /// <summary>File, claimed disk_format, and what comes of it: a virtual_size, null, or 415 with these words.</summary>
    private static readonly (string File, string Claimed, object? Result)[] Table =
    [
        ("v2.qcow2", "qcow2", 8 * MiB), ("v3.qcow2", "qcow2", 8 * MiB), ("features.qcow2", "qcow2", 8 * MiB), ("v3.qcow2", "raw", Bytes),
        ("v3.qcow2", "vmdk", "disk_format is vmdk, the content is qcow2"), ("v3.qcow2", "ami", "the content is qcow2"), ("v3.qcow2", "ploop", "the content is qcow2"), ("v3.qcow2", "iso", "the content is qcow2"),
        ("backing.qcow2", "qcow2", "backing file"), ("backing.qcow2", "raw", "backing file"), ("external.qcow2", "qcow2", "external file"), ("external.qcow2", "raw", "external file"),
        ("plain.raw", "raw", Bytes), ("odd.raw", "raw", Bytes), ("plain.raw", "ami", null), ("plain.raw", "ari", null), ("plain.raw", "aki", null), ("plain.raw", "ploop", null),
        ("plain.raw", "qcow2", "the content is raw"), ("plain.raw", "vmdk", "the content is raw"), ("plain.raw", "vdi", "the content is raw"), ("plain.raw", "vhd", "the content is raw"),
        ("plain.raw", "vhdx", "the content is raw"), ("plain.raw", "iso", "the content is raw"),
        ("gpt.raw", "raw", Bytes), ("mbr.raw", "raw", Bytes), ("mbr.raw", "qcow2", "the content is gpt"), ("broken.raw", "raw", "invalid boot flag"),
        ("sparse.vmdk", "vmdk", 8 * MiB), ("stream.vmdk", "vmdk", 8 * MiB), ("flat.vmdk", "vmdk", "the content is raw"), ("split.vmdk", "vmdk", "the content is raw"),
        ("plain.vdi", "vdi", 8 * MiB), ("static.vdi", "vdi", 8 * MiB), ("plain.vdi", "raw", Bytes),
        ("dynamic.vhd", "vhd", 8 * MiB), ("fixed.vhd", "vhd", "the content is raw"), ("dynamic.vhdx", "vhdx", 8 * MiB), ("fixed.vhdx", "vhdx", 8 * MiB), ("dynamic.vhdx", "vhd", "the content is vhdx"),
        ("plain.qed", "raw", "obsolete"), ("plain.qed", "qcow2", "obsolete"), ("one.luks", "raw", Bytes), ("two.luks", "raw", "LUKS version 2"),
        ("plain.iso", "iso", Bytes), ("hybrid.iso", "iso", Bytes), ("plain.iso", "raw", Bytes), ("plain.iso", "qcow2", "the content is iso"),
        ("two-formats", "qcow2", "several formats at once: qcow2, iso"), ("two-formats", "raw", "several formats at once"),
        ("empty", "raw", null), ("empty", "qcow2", null),
    ];

    [Fact]
    public async Task What_the_real_tools_make_is_taken_for_what_it_is()
    {
        using DiskTools tools = await DiskTools.StartAsync();
        await tools.RunAsync(Make);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Sections = "[image_format]\ngpt_safety_checks_nonfatal =\n" });
        foreach ((string file, string claimed, object? result) in Table)
        {
            byte[] data = tools.Read(file);
            (string id, Answer answer) = await UploadAsync(api, data, claimed, "bare");
            JsonNode image = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;

            if (result is string refusal)
            {
                (answer.Status, (string?)image["status"], image["size"], image["virtual_size"]).Should().Be((415, "queued", null, null), "{0} as {1}: {2}", file, claimed, answer.Text);
                answer.Text.Should().Contain(refusal, "{0} as {1}", file, claimed);
                continue;
            }

            (answer.Status, (long?)image["size"], (long?)image["virtual_size"]).Should().Be((204, data.Length, ReferenceEquals(result, Bytes) ? data.Length : (long?)result), "{0} as {1}: {2}", file, claimed, answer.Text);
        }
    }

    [Fact]
    public async Task Nothing_is_looked_at_in_other_containers_and_mismatches_pass_when_the_option_says_so()
    {
        using DiskTools tools = await DiskTools.StartAsync();
        await tools.RunAsync("qemu-img create -q -f qcow2 base.qcow2 8M; qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 backing.qcow2; head -c 1M /dev/urandom > plain.raw");
        await using ApiServer strict = await ApiServer.StartAsync(new ApiServer()), lenient = await ApiServer.StartAsync(new ApiServer { Sections = "[image_format]\nrequire_image_format_match = false" });
        foreach (string container in new[] { "ova", "docker", "compressed", "ami" })
            (await SizeAsync(strict, tools.Read("backing.qcow2"), "qcow2", container)).Should().BeNull(container);

        (await SizeAsync(lenient, tools.Read("plain.raw"), "qcow2", "bare")).Should().BeNull();
        (await SizeAsync(lenient, tools.Read("base.qcow2"), "qcow2", "bare")).Should().Be(8 * MiB);
        (await SizeAsync(lenient, tools.Read("base.qcow2"), "raw", "bare")).Should().Be(tools.Read("base.qcow2").Length);
    }

    private static async Task<long?> SizeAsync(ApiServer api, byte[] data, string format, string container)
    {
        (string id, Answer answer) = await UploadAsync(api, data, format, container);
        answer.Status.Should().Be(204, "{0} in {1}: {2}", format, container, answer.Text);
        return (long?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["virtual_size"];
    }

    private static async Task<(string Id, Answer Answer)> UploadAsync(ApiServer api, byte[] data, string format, string container)
    {
        Answer created = await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"disk_format": "{{format}}", "container_format": "{{container}}"}""");
        string id = (string)created.Json["id"]!;
        return (id, await api.UploadAsync(ApiServer.Owner, id, data));
    }
}
