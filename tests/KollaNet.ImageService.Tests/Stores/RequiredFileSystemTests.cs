using System.Diagnostics;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Tests.Stores;

/// <summary>A file store whose folder should be a mounted file system refuses to begin when it is not.</summary>
public sealed class RequiredFileSystemTests : IDisposable
{
    // As a container sees them: its root, a bind of a host folder, an NFS volume, a folder of an NFS mount, a disk, and a tmpfs over a tmpfs.
    private const string Table = """
        100 90 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/x
        101 100 254:1 /mnt/glance /var/lib/glance rw,relatime - ext4 /dev/vda1 rw
        102 100 0:60 / /nas rw,relatime - nfs4 10.0.0.5:/export rw,vers=4.1
        103 100 0:60 /glance /sub rw,relatime - nfs4 10.0.0.5:/export rw,vers=4.1
        104 100 254:16 / /with\040space rw,relatime shared:3 - xfs /dev/vdb rw
        105 100 0:61 /old /twice rw - tmpfs tmpfs rw
        106 100 0:62 / /twice rw - tmpfs tmpfs rw
        """;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("kollanet-mount-");

    public void Dispose()
    {
        Run("umount", root.FullName);   // Fails where a test mounted nothing.
        root.Delete(recursive: true);
    }

    [Theory]
    [InlineData("/nas", "nfs", null)]
    [InlineData("/nas", "any", null)]
    [InlineData("/sub", "nfs", null)]
    [InlineData("/with space", "xfs", null)]
    [InlineData("/with space", "any", null)]
    [InlineData("/twice", "tmpfs", null)]
    [InlineData("/var/lib/glance", "nfs", "at /var/lib/glance there is /dev/vda1 (ext4) and not the file system of type nfs that should be mounted there")]
    [InlineData("/var/lib/glance", "any", "at /var/lib/glance there is the folder /mnt/glance of /dev/vda1 (ext4) and not a file system of its own")]
    [InlineData("/var/lib/glance", "ext4", "at /var/lib/glance there is the folder /mnt/glance of /dev/vda1 (ext4) and not a file system of its own")]
    [InlineData("/var/lib", "any", "nothing is mounted at /var/lib")]
    [InlineData("/nas", "ceph", "at /nas there is 10.0.0.5:/export (nfs4) and not the file system of type ceph that should be mounted there")]
    public void The_mount_table_says_what_is_missing(string path, string type, string? problem) => new RequiredFileSystem(path, type).FindProblem(Table).Should().Be(problem);

    [Fact]
    public void A_store_begins_only_while_its_file_system_is_mounted()
    {
        FluentActions.Invoking(Open).Should().Throw<ConfigurationInvalidException>().WithMessage($"*filesystem_store_required_mounts: nothing is mounted at {root.FullName}. Images would fill the disk below it*");
        Directory.GetFileSystemEntries(root.FullName).Should().BeEmpty();

        Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root.FullName).Should().BeTrue("these tests run as root, which may mount a small tmpfs");
        Open();
        Directory.GetFileSystemEntries(root.FullName).Should().ContainSingle();
    }

    [Fact]
    public void The_option_is_read_and_a_real_folder_of_a_disk_is_told_from_a_mount()
    {
        string file = Path.Combine(root.FullName, "glance-api.conf");
        File.WriteAllText(file, $"[DEFAULT]\nenabled_backends = nas:file\n[glance_store]\ndefault_backend = nas\n[nas]\nfilesystem_store_datadirs = {root.FullName}/a/:1\nfilesystem_store_datadirs = {root.FullName}/b:9\n"
            + $"filesystem_store_required_mounts = {root.FullName}/a/:nfs, /:any\n");

        StoreOptions store = GlanceOptions.Load([file], []).Stores.Single();

        store.DataFolders.Should().Equal(new DataFolder($"{root.FullName}/b", 9), new DataFolder($"{root.FullName}/a", 1));
        store.RequiredMounts.Should().Equal(new RequiredFileSystem($"{root.FullName}/a", "nfs"), new RequiredFileSystem("/", "any"));
        new RequiredFileSystem("/", "nfs").FindProblem().Should().StartWith("at / there is ").And.EndWith("not the file system of type nfs that should be mounted there");
        new RequiredFileSystem("/proc", "proc").FindProblem().Should().BeNull();
    }

    private FileStore Open() => new(new StoreOptions { Id = "file", Type = "file", DataFolders = [new DataFolder(Path.Combine(root.FullName, "images"))], RequiredMounts = [new RequiredFileSystem(root.FullName, "any")] });

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
