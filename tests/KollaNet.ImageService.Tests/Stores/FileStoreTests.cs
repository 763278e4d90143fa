using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Tests.Stores;

public sealed class FileStoreMeetsTheContract : ImageStoreContract
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-store-");

    protected override Task<IImageStore> OpenStoreAsync() =>
        Task.FromResult<IImageStore>(new FileStore(new StoreOptions { Id = "file", Type = "file", DataFolders = [new DataFolder(folder.FullName)] }));

    protected override Task<IReadOnlyList<string>> ListBackendAsync() => Task.FromResult<IReadOnlyList<string>>(Directory.GetFiles(folder.FullName));

    public override ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>What is particular to files.</summary>
public sealed class FileStoreTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("kollanet-store-");
    private readonly string id = Guid.NewGuid().ToString();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Files_and_urls_are_as_Glance_makes_them()
    {
        FileStore store = Store(new DataFolder(root.FullName));

        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1]), 1, Cancel);

        stored.Url.Should().Be($"file://{root.FullName}/{id}");
        Directory.GetFiles(root.FullName).Should().Equal($"{root.FullName}/{id}");
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("file://{root}/../{id}")]
    [InlineData("file://{root}/sub/{id}")]
    [InlineData("file://{root}/notes.txt")]
    [InlineData("file://{root}/.kollanet-{id}-x.partial")]
    [InlineData("file://{root}")]
    [InlineData("rbd://fsid/images/{id}/snap")]
    [InlineData("{root}/{id}")]
    public async Task A_location_that_is_not_an_image_in_its_folder_is_not_its_business(string template)
    {
        string url = template.Replace("{root}", root.FullName).Replace("{id}", id);
        File.WriteAllText(Path.Combine(root.FullName, "notes.txt"), "private");
        FileStore store = Store(new DataFolder(root.FullName));

        store.Owns(url).Should().BeFalse();
        await FluentActions.Awaiting(() => store.OpenReadAsync(url, 0, null, Cancel)).Should().ThrowAsync<ImageDataMissingException>();
        await FluentActions.Awaiting(() => store.DeleteAsync(url, Cancel)).Should().ThrowAsync<ImageDataMissingException>();
        File.Exists(Path.Combine(root.FullName, "notes.txt")).Should().BeTrue();
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("notes.txt")]
    [InlineData("")]
    public async Task Only_image_ids_become_file_names(string name) =>
        await FluentActions.Awaiting(() => Store(new DataFolder(root.FullName)).WriteAsync(name, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<ArgumentException>();

    [Fact]
    public async Task The_folder_with_the_highest_priority_is_written_to_and_all_are_read()
    {
        DataFolder low = new(Path.Combine(root.FullName, "low"), 1), high = new(Path.Combine(root.FullName, "high"), 9);
        await Store(low).WriteAsync(id, new MemoryStream([1]), 1, Cancel);
        FileStore store = Store(low, high);

        StoredImage stored = await store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream([1]), 1, Cancel);

        stored.Url.Should().StartWith($"file://{high.Path}/");
        (await store.SizeAsync($"file://{low.Path}/{id}", Cancel)).Should().Be(1);
        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<ImageDataExistsException>();
    }

    [Fact]
    public async Task A_size_that_fits_nowhere_is_refused_before_a_byte_is_read()
    {
        FileStore store = Store(new DataFolder(root.FullName));

        await FluentActions.Awaiting(() => store.WriteAsync(id, new BreakingStream(0), long.MaxValue, Cancel)).Should().ThrowAsync<StoreFullException>();
    }

    [Fact]
    public async Task A_folder_that_is_full_gives_way_to_one_with_a_lower_priority()
    {
        DataFolder small = new(root.CreateSubdirectory("small").FullName, 9), large = new(Path.Combine(root.FullName, "large"), 1);
        using (System.Diagnostics.Process mount = System.Diagnostics.Process.Start("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small.Path])) await mount.WaitForExitAsync(Cancel);
        try
        {
            FileStore store = Store(small, large);

            (await store.WriteAsync(id, new MemoryStream(new byte[100]), 100, Cancel)).Url.Should().StartWith($"file://{small.Path}/");
            (await store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream(new byte[200_000]), 200_000, Cancel)).Url.Should().StartWith($"file://{large.Path}/");
        }
        finally
        {
            using System.Diagnostics.Process unmount = System.Diagnostics.Process.Start("umount", [small.Path]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(116, typeof(StoreUnreachableException))]   // ESTALE: what the server exported there was replaced.
    [InlineData(110, typeof(StoreUnreachableException))]   // ETIMEDOUT, as a soft mount tells it.
    [InlineData(5, typeof(StoreUnreachableException))]     // EIO, as a soft mount tells it, too.
    [InlineData(28, typeof(StoreFullException))]
    [InlineData(122, typeof(StoreFullException))]
    [InlineData(30, typeof(StoreForbidsWritingException))]
    public void What_the_kernel_refuses_has_a_meaning_for_whoever_waits(int error, Type expected) =>
        LinuxFile.Explain(new IOException("the kernel's words", error), "/nas/x").Should().BeOfType(expected);

    [Fact]
    public async Task The_configured_mode_is_set()
    {
        var store = new FileStore(new StoreOptions { Id = "file", Type = "file", DataFolders = [new DataFolder(root.FullName)], FileMode = (UnixFileMode)0b110_100_000 });

        await store.WriteAsync(id, new MemoryStream([1]), 1, Cancel);

        File.GetUnixFileMode(Path.Combine(root.FullName, id)).Should().Be((UnixFileMode)0b110_100_000);
    }

    [Fact]
    public async Task Zeros_become_holes_and_read_back_as_zeros_with_thin_provisioning()
    {
        var store = new FileStore(new StoreOptions { Id = "file", Type = "file", DataFolders = [new DataFolder(root.FullName)], ThinProvisioning = true });

        StoredImage stored = await store.WriteAsync(id, new EndlessStream(64 << 20), 64 << 20, Cancel);

        new FileInfo(Path.Combine(root.FullName, id)).Length.Should().Be(64 << 20);
        BlocksOf(id).Should().Be(0);
        await using Stream read = await store.OpenReadAsync(stored.Url, (64 << 20) - 5, null, Cancel);
        byte[] end = new byte[10];
        (await read.ReadAtLeastAsync(end, 10, throwOnEndOfStream: false, Cancel)).Should().Be(5);
    }

    [Fact]
    public void What_a_dead_writer_left_is_gone_after_a_start()
    {
        string left = Path.Combine(root.FullName, $".kollanet-{id}-abc.partial");
        File.WriteAllText(left, "half an image");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-1));
        File.WriteAllText(Path.Combine(root.FullName, id), "an image");

        Store(new DataFolder(root.FullName));

        Directory.GetFiles(root.FullName).Should().Equal(Path.Combine(root.FullName, id));
    }

    [Fact]
    public async Task What_a_dead_writer_of_one_image_left_is_gone_after_a_discard()
    {
        FileStore store = Store(new DataFolder(root.FullName));
        string left = Path.Combine(root.FullName, $".kollanet-{id}-abc.partial"), other = Path.Combine(root.FullName, $".kollanet-{Guid.NewGuid()}-abc.partial");
        File.WriteAllText(left, "half an image");
        File.WriteAllText(other, "half of another");

        await store.DiscardPartialAsync(id, Cancel);

        Directory.GetFiles(root.FullName).Should().Equal(other);
    }

    [Fact]
    public async Task The_list_spans_folders_and_leaves_out_what_is_not_an_image()
    {
        string other = Guid.NewGuid().ToString(), a = root.CreateSubdirectory("a").FullName, b = root.CreateSubdirectory("b").FullName;
        FileStore store = Store(new DataFolder(a), new DataFolder(b));
        File.WriteAllText(Path.Combine(a, id), "12345");
        File.WriteAllText(Path.Combine(b, $".kollanet-{other}-abc.partial"), "123");
        File.WriteAllText(Path.Combine(b, "notes.txt"), "mine");
        File.WriteAllText(Path.Combine(b, ".kollanet-.partial"), "mine");
        Directory.CreateDirectory(Path.Combine(b, Guid.NewGuid().ToString()));

        (await store.ListAsync(Cancel).ToListAsync(Cancel)).Should().BeEquivalentTo(
            [new StoredObject(id, $"file://{a}/{id}", 5, true), new StoredObject(other, $"file://{b}/{other}", 3, false)]);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_configuration_error()
    {
        File.WriteAllText(Path.Combine(root.FullName, "file"), "");

        FluentActions.Invoking(() => Store(new DataFolder(Path.Combine(root.FullName, "file", "images")))).Should().Throw<ConfigurationInvalidException>().WithMessage("*[file] filesystem_store_datadir*");
    }

    private int BlocksOf(string name)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%b", Path.Combine(root.FullName, name)]) { RedirectStandardOutput = true })!;
        return int.Parse(stat.StandardOutput.ReadToEnd());
    }

    private static FileStore Store(params DataFolder[] folders) => new(new StoreOptions { Id = "file", Type = "file", DataFolders = [.. folders] });
}
