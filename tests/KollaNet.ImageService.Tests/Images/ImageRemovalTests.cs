using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Tests.Metadata;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>An image is deleted as it is at that moment, and not as it was when the request came.</summary>
public sealed class ImageRemovalTests : IAsyncLifetime
{
    private ScratchDatabase scratch = null!;
    private StoreCatalog stores = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        scratch = await ScratchDatabase.StartAsync();
        StoreOptions[] both = [.. ((string[])["fast", "cheap"]).Select(id => new StoreOptions { Id = id, Type = "file", DataFolders = [new DataFolder(Path.Combine(scratch.Folder, id))] })];
        stores = new StoreCatalog(both.Select(options => new ConfiguredStore(options, new FileStore(options))), "fast", storesEnabled: true);
    }

    public async ValueTask DisposeAsync()
    {
        stores.Dispose();
        await scratch.DisposeAsync();
    }

    [Fact]
    public async Task A_copy_that_ended_after_the_image_was_looked_up_goes_as_well()
    {
        Image found = await StoredAsync();
        await AddCopyAsync(found);

        await Removal.DeleteAsync(found, Cancel);

        Directory.GetFiles(scratch.Folder, found.Id, SearchOption.AllDirectories).Should().BeEmpty();
        (await scratch.Database.Images.FindAsync(found.Id, SampleImages.Owner, Cancel)).Should().BeNull();
    }

    [Fact]
    public async Task Whoever_is_second_is_told_that_the_image_is_gone()
    {
        Image found = await StoredAsync();
        await Removal.DeleteAsync(found, Cancel);

        await FluentActions.Awaiting(() => Removal.DeleteAsync(found, Cancel)).Should().ThrowAsync<ImageMissingException>();
    }

    [Fact]
    public async Task An_image_whose_status_changed_meanwhile_stays()
    {
        Image found = await StoredAsync();
        await scratch.Database.Images.ChangeAsync(found.Id, current => Task.FromResult(current with { Status = ImageStatus.Deactivated }), Cancel);

        await FluentActions.Awaiting(() => Removal.DeleteAsync(found, Cancel)).Should().ThrowAsync<ImageStatusConflictException>();

        File.Exists(Path.Combine(scratch.Folder, "fast", found.Id)).Should().BeTrue();
    }

    [Fact]
    public async Task An_image_goes_though_its_location_leads_nowhere_in_the_store_that_it_names()
    {
        Image image = SampleImages.New() with { Status = ImageStatus.Active, SizeBytes = 3 };
        await scratch.Database.Images.AddAsync(image with { Locations = [new ImageLocation(0, "file:///elsewhere/x", stores.MetadataFor(stores.Default, "file:///elsewhere/x"))] }, Cancel);

        await Removal.DeleteAsync((await scratch.Database.Images.FindAsync(image.Id, SampleImages.Owner, Cancel))!, Cancel);

        (await scratch.Database.Images.FindAsync(image.Id, SampleImages.Owner, Cancel)).Should().BeNull();
    }

    private ImageRemoval Removal => new(stores, scratch.Database.Images, GlanceOptions.Defaults, TimeProvider.System);

    private async Task<Image> StoredAsync()
    {
        Image image = SampleImages.New() with { Status = ImageStatus.Active, SizeBytes = 3 };
        await scratch.Database.Images.AddAsync(image with { Locations = [await WriteAsync(image.Id, "fast")] }, Cancel);
        return (await scratch.Database.Images.FindAsync(image.Id, SampleImages.Owner, Cancel))!;
    }

    private async Task AddCopyAsync(Image image)
    {
        ImageLocation copy = await WriteAsync(image.Id, "cheap");
        await scratch.Database.Images.ChangeAsync(image.Id, current => Task.FromResult(current with { Locations = current.Locations.Add(copy) }), Cancel);
    }

    private async Task<ImageLocation> WriteAsync(string id, string storeId)
    {
        ConfiguredStore store = stores.Find(storeId)!;
        string url = (await store.Store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel)).Url;
        return new ImageLocation(0, url, stores.MetadataFor(store, url));
    }
}
