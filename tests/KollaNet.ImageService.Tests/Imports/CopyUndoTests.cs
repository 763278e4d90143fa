using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Tests.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>Copies that fail and cannot be removed again.</summary>
public sealed class CopyUndoTests : IAsyncLifetime
{
    private ScratchDatabase scratch = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => scratch = await ScratchDatabase.StartAsync();

    public ValueTask DisposeAsync() => scratch.DisposeAsync();

    [Fact]
    public async Task A_copy_that_its_store_does_not_let_go_of_stays_known_and_the_image_is_free_again()
    {
        using StoreCatalog stores = new([Store("first"), Store("held", refusesDeletes: true), Store("full", refusesWrites: true)], "first", storesEnabled: true);
        Image image = SampleImages.New() with { Status = ImageStatus.Active, SizeBytes = 3 };
        string url = (await stores.Default.Store.WriteAsync(image.Id, new MemoryStream([1, 2, 3]), 3, Cancel)).Url;
        await scratch.Database.Images.AddAsync(image with { Locations = [new ImageLocation(0, url, stores.MetadataFor(stores.Default, url))] }, Cancel);

        await FluentActions.Awaiting(() => CopyAsync(stores, image.Id, "held", "full")).Should().ThrowAsync<StoreFullException>();

        Image left = (await scratch.Database.Images.FindAsync(image.Id, SampleImages.Owner, Cancel))!;
        left.Locations.Select(location => stores.FindFor(location)!.Id).Should().Equal("first", "held");
        (left.Status, left.Properties.GetValueOrDefault(ImportProperties.Failed), left.Properties.GetValueOrDefault(ImportProperties.Lock)).Should().Be((ImageStatus.Active, "full", null));
        File.Exists(Path.Combine(scratch.Folder, "held", image.Id)).Should().BeTrue();
    }

    private async Task CopyAsync(StoreCatalog stores, string imageId, params string[] storeIds)
    {
        GlanceOptions options = GlanceOptions.Defaults with { EnabledImportMethods = ["copy-image"] };
        var upload = new ImageUpload(stores, scratch.Database.Images, options, TimeProvider.System, NullLogger<ImageUpload>.Instance);
        using var metrics = new ServiceMetrics();
        ImportParts parts = ImportParts.Make(options, stores, scratch.Database, upload, PropertyProtections.None, metrics, TimeProvider.System, NullLoggerFactory.Instance, drain: Cancel);
        using var runner = parts.Runner;
        using var recovery = parts.Recovery;
        DateTime now = DateTime.UtcNow;
        var task = new ImageTask { Id = Guid.NewGuid().ToString("D"), Type = "api_image_import", Status = ImageTaskStatus.Pending, Owner = "p1", CreatedAt = now, UpdatedAt = now, ImageId = imageId, Input = "{}" };
        await scratch.Database.Tasks.AddAsync(task, Cancel);
        await scratch.Database.Images.TakeForTaskAsync(imageId, task.Id, null, now, image => image, Cancel);
        await parts.Work.RunAsync(new ImportJob(task, new ImportOrder(imageId, "copy-image", null, [.. storeIds], MustSucceed: true), new Caller { IsAdmin = true }, parts.Work), Cancel);
    }

    private ConfiguredStore Store(string id, bool refusesDeletes = false, bool refusesWrites = false)
    {
        var options = new StoreOptions { Id = id, Type = "file", DataFolders = [new DataFolder(Path.Combine(scratch.Folder, id))] };
        return new ConfiguredStore(options, new RefusingStore(new FileStore(options), refusesDeletes, refusesWrites));
    }

    private sealed class RefusingStore(IImageStore store, bool refusesDeletes, bool refusesWrites) : WrappedStore(store)
    {
        public override Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel) =>
            refusesWrites ? throw new StoreFullException("full", new IOException()) : base.WriteAsync(imageId, content, sizeBytes, cancel);

        public override Task<bool> DeleteAsync(string url, CancellationToken cancel) => refusesDeletes ? throw new ImageDataInUseException(url, "in use") : base.DeleteAsync(url, cancel);

        public override IImageStore For(Caller caller) => this;
    }
}
