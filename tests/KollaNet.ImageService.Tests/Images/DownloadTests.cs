using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Security.Cryptography;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Tests.Metadata;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>Reading images that may lie in several stores.</summary>
public sealed class DownloadTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-download-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_heaviest_store_is_read_first_then_database_order_and_preferred_stores_before_all()
    {
        StoreCatalog stores = Stores(("a", 0), ("b", 0), ("c", 5));
        Image image = await ImageInAsync(stores, "a", "b", "c");

        (await ReadAsync(stores, image)).Should().Equal("c"u8.ToArray());
        (await ReadAsync(stores, image, "b")).Should().Equal("b"u8.ToArray());
        (await ReadAsync(stores, image, "b", "a")).Should().Equal("b"u8.ToArray());
        (await ReadAsync(Stores(("a", 0), ("b", 0), ("c", 0)), image)).Should().Equal("a"u8.ToArray());
    }

    [Fact]
    public async Task A_copy_that_is_missing_is_passed_over()
    {
        StoreCatalog stores = Stores(("a", 0), ("b", 9));
        Image image = await ImageInAsync(stores, "a", "b");
        File.Delete(Path.Combine(folder.FullName, "b", image.Id));

        (await ReadAsync(stores, image)).Should().Equal("a"u8.ToArray());
    }

    [Fact]
    public async Task An_image_whose_copies_are_all_missing_has_no_data()
    {
        StoreCatalog stores = Stores(("a", 0));
        Image image = await ImageInAsync(stores, "a");
        File.Delete(Path.Combine(folder.FullName, "a", image.Id));

        await FluentActions.Awaiting(() => ReadAsync(stores, image)).Should().ThrowAsync<ImageHasNoDataException>();
        await FluentActions.Awaiting(() => ReadAsync(stores, SampleImages.New())).Should().ThrowAsync<ImageHasNoDataException>();
    }

    [Fact]
    public async Task A_preferred_store_that_is_not_there_is_refused()
    {
        StoreCatalog stores = Stores(("a", 0));

        await FluentActions.Awaiting(() => ReadAsync(stores, SampleImages.New(), "nope")).Should().ThrowAsync<UnknownStoreException>();
    }

    [Fact]
    public async Task A_location_without_a_store_name_is_found_by_its_url()
    {
        StoreCatalog stores = Stores(("a", 0), ("b", 0));
        Image image = await ImageInAsync(stores, "b");
        Image old = image with { Locations = [image.Locations[0] with { Metadata = ImmutableSortedDictionary<string, string>.Empty }] };

        (await ReadAsync(stores, old)).Should().Equal("b"u8.ToArray());
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(300_000, 400_001)]
    [InlineData(999_999, 5)]
    public async Task A_range_reaches_the_body_whole(int offset, int? length)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(1_000_000);
        var body = new MemoryStream();
        PipeWriter writer = PipeWriter.Create(body, new StreamPipeWriterOptions(leaveOpen: true));

        await using ImageContent content = await OpenAsync(bytes, offset, length);
        long written = await content.WriteToAsync(writer, null, Cancel);
        await writer.CompleteAsync();

        body.ToArray().Should().Equal(bytes.Skip(offset).Take(length ?? int.MaxValue));
        written.Should().Be(body.Length);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(300_000, 400_001)]
    [InlineData(999_999, 5)]
    public async Task What_the_connection_takes_from_the_file_is_counted_and_the_rest_is_written(int offset, int? length)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(1_000_000);
        var output = new MoodyOutput();

        await using ImageContent content = await OpenAsync(bytes, offset, length);
        long written = await content.WriteToAsync(output, output, Cancel);

        output.Out.ToArray().Should().Equal(bytes.Skip(offset).Take(length ?? int.MaxValue));
        (written, output.Counted).Should().Be((output.Out.Length, output.Out.Length));
    }

    [Fact]
    public void A_type_of_store_that_is_not_built_yet_is_a_clear_error()
    {
        GlanceOptions options = GlanceOptions.Defaults with
        {
            StoresEnabled = true,
            DefaultStoreId = "file",
            Stores = [Options("file", 0), new StoreOptions { Id = "volumes", Type = "cinder" }, new StoreOptions { Id = "odd", Type = "tape" }],
        };

        FluentActions.Invoking(() => StoreCatalog.Open(options)).Should().Throw<ConfigurationInvalidException>().Which.Problems
            .Should().SatisfyRespectively(first => first.Should().Contain("volumes").And.Contain("cinder"), second => second.Should().Contain("tape").And.Contain("unknown"));
    }

    [Fact]
    public void Single_store_days_need_only_the_store_that_takes_uploads() =>
        StoreCatalog.Open(GlanceOptions.Defaults with { Stores = [Options("file", 0), new StoreOptions { Id = "http", Type = "http" }, new StoreOptions { Id = "cinder", Type = "cinder" }] }).All.Select(store => store.Id)
            .Should().Equal("file", "http");

    private StoreOptions Options(string id, int weight) =>
        new() { Id = id, Type = "file", Weight = weight, DataFolders = [new DataFolder(Path.Combine(folder.FullName, id))] };

    private StoreCatalog Stores(params (string Id, int Weight)[] stores) =>
        new(stores.Select(store => new ConfiguredStore(Options(store.Id, store.Weight), new FileStore(Options(store.Id, store.Weight)))), stores[0].Id, storesEnabled: true);

    /// <summary>Each copy holds its store's id, so that a test sees where bytes came from.</summary>
    private static async Task<Image> ImageInAsync(StoreCatalog stores, params string[] ids)
    {
        Image image = SampleImages.New();
        foreach (string id in ids)
        {
            StoredImage stored = await stores.Find(id)!.Store.WriteAsync(image.Id, new MemoryStream(System.Text.Encoding.ASCII.GetBytes(id)), null, Cancel);
            image = image with { Locations = image.Locations.Add(SampleImages.At(stored.Url, id)) };
        }

        return image;
    }

    private static async Task<byte[]> ReadAsync(StoreCatalog stores, Image image, params string[] preferred)
    {
        await using ImageContent content = await new ImageDownload(stores, null).OpenAsync(image, 0, null, preferred, Cancel);
        var copy = new MemoryStream();
        await content.Stream.CopyToAsync(copy, Cancel);
        return copy.ToArray();
    }

    /// <summary>Stores an image and opens a range of it.</summary>
    private async Task<ImageContent> OpenAsync(byte[] bytes, int offset, int? length)
    {
        StoreCatalog stores = Stores(("a", 0));
        StoredImage stored = await stores.Default.Store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream(bytes), null, Cancel);
        Image image = SampleImages.New() with { Locations = [SampleImages.At(stored.Url, "a")] };
        return await new ImageDownload(stores, null).OpenAsync(image, offset, length, [], Cancel);
    }

    /// <summary>A connection that has room for some of a file, or for nothing, as it likes.</summary>
    private sealed class MoodyOutput : PipeWriter, IFileOutput
    {
        private readonly Random random = new(1);
        private byte[] memory = [];
        private int sentAhead;

        public MemoryStream Out { get; } = new();

        public long Counted { get; private set; }

        public int TrySend(SafeFileHandle file, long offsetBytes, long mostBytes)
        {
            sentAhead.Should().Be(0, "what was sent must be counted first");
            byte[] part = new byte[Math.Min(mostBytes, random.Next(4) == 0 ? 0 : random.Next(1, 100_000))];
            sentAhead = part.Length == 0 ? 0 : RandomAccess.Read(file, part, offsetBytes);
            Out.Write(part.AsSpan(0, sentAhead));
            return sentAhead;
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => memory = new byte[Math.Max(sizeHint, 1)];

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            Counted += bytes;
            if (sentAhead == 0) Out.Write(memory.AsSpan(0, bytes));
            else sentAhead -= bytes;
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(default(FlushResult));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
