using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Tests.Metadata;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>What becomes of locations that an image gave up when a store does not let go of their data.</summary>
public sealed class LocationRemovalTests : IAsyncLifetime
{
    private ScratchDatabase scratch = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => scratch = await ScratchDatabase.StartAsync();

    public ValueTask DisposeAsync() => scratch.DisposeAsync();

    [Fact]
    public void Data_that_another_location_refers_to_is_not_given_up()
    {
        Image before = SampleImages.New() with { Locations = [Location("a", 1), Location("b", 2), Location("a", 3)] };

        LocationRemoval.Between(before, before with { Locations = [before.Locations[0]] }).Should().Equal(before.Locations[1]);
        LocationRemoval.Between(before, before with { Locations = [Location("b", 0)] }).Should().Equal(before.Locations[0], before.Locations[2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_store_does_not_let_go_of_is_the_images_again_with_what_had_not_had_its_turn(bool inUse)
    {
        Exception failure = inUse ? new ImageDataInUseException("x", "a clone") : new StoreUnreachableException("x", new IOException());
        using StoreCatalog stores = Stores(stubborn: "held", failure);
        Image image = await StoredAsync(stores, "first", "held", "later", "kept");
        ImmutableArray<ImageLocation> given = image.Locations[..3];
        await scratch.Database.Images.ChangeAsync(image.Id, current => Task.FromResult(current with { Locations = current.Locations[3..] }), Cancel);

        await FluentActions.Awaiting(() => new LocationRemoval(stores, scratch.Database.Images).DeleteDataAsync(image.Id, given, SampleImages.Owner)).Should().ThrowAsync<Exception>().Where(thrown => thrown == failure);

        Image now = (await scratch.Database.Images.FindAsync(image.Id, SampleImages.Owner, Cancel))!;
        now.Locations.Select(location => location.Metadata["store"]).Should().Equal("kept", "held", "later");
        now.Locations.Select(location => location.Status).Should().AllBe("active");
        foreach ((string store, bool there) in new[] { ("first", false), ("held", true), ("later", true), ("kept", true) }) File.Exists(Path.Combine(scratch.Folder, store, image.Id)).Should().Be(there, store);
    }

    [Fact]
    public async Task Data_that_is_gone_or_of_no_store_is_no_error()
    {
        using StoreCatalog stores = Stores("none", new InvalidOperationException());
        Image image = await StoredAsync(stores, "first", "kept");
        File.Delete(Path.Combine(scratch.Folder, "first", image.Id));
        ImmutableArray<ImageLocation> given = [image.Locations[0], Location("nothing://x", 0), Location("http://x", 0) with { Metadata = stores.MetadataFor(stores.Default, "http://x") }];

        await new LocationRemoval(stores, scratch.Database.Images).DeleteDataAsync(image.Id, given, SampleImages.Owner);

        (await scratch.Database.Images.FindAsync(image.Id, SampleImages.Owner, Cancel))!.Locations.Should().HaveCount(2, "nothing was put back");
    }

    private static ImageLocation Location(string url, long rowId) => new(rowId, url, ImmutableSortedDictionary<string, string>.Empty);

    private StoreCatalog Stores(string stubborn, Exception failure)
    {
        StoreOptions[] all = [.. ((string[])["first", "held", "later", "kept"]).Select(id => new StoreOptions { Id = id, Type = "file", DataFolders = [new DataFolder(Path.Combine(scratch.Folder, id))] })];
        return new StoreCatalog(all.Select(options => new ConfiguredStore(options, options.Id == stubborn ? new StubbornStore(new FileStore(options), failure) : new FileStore(options))), "kept", storesEnabled: true);
    }

    private async Task<Image> StoredAsync(StoreCatalog stores, params string[] storeIds)
    {
        Image image = SampleImages.New() with { Status = ImageStatus.Active, SizeBytes = 3 };
        foreach (ConfiguredStore store in storeIds.Select(id => stores.Find(id)!))
        {
            StoredImage stored = await store.Store.WriteAsync(image.Id, new MemoryStream([1, 2, 3]), 3, Cancel);
            image = image with { Locations = image.Locations.Add(new ImageLocation(0, stored.Url, stores.MetadataFor(store, stored.Url))) };
        }

        await scratch.Database.Images.AddAsync(image, Cancel);
        return (await scratch.Database.Images.FindAsync(image.Id, SampleImages.Owner, Cancel))!;
    }

    /// <summary>Lets go of nothing.</summary>
    private sealed class StubbornStore(IImageStore store, Exception failure) : WrappedStore(store)
    {
        public override Task<bool> DeleteAsync(string url, CancellationToken cancel) => throw failure;

        public override IImageStore For(Caller caller) => this;
    }
}
