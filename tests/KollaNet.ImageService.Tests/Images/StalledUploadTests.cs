using System.Security.Cryptography;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Tests.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>A worker that stood still, as in a machine that was suspended, while others took it for dead and gave its image to somebody else.</summary>
public sealed class StalledUploadTests : IAsyncLifetime
{
    private ScratchDatabase scratch = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => scratch = await ScratchDatabase.StartAsync();

    public ValueTask DisposeAsync() => scratch.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Its_image_stays_with_who_has_it_now(bool successorIsDone)
    {
        byte[] theirs = RandomNumberGenerator.GetBytes(100_000);
        Image queued = SampleImages.New() with { DiskFormat = "raw" };
        await scratch.Database.Images.AddAsync(queued, Cancel);
        var going = new TaskCompletionSource();
        Task<Image>? successor = null;
        var stalled = new HookedStore(Files, async () =>
        {
            await scratch.Database.Images.ChangeAsync(queued.Id, image => Task.FromResult(image with { UpdatedAt = DateTime.UtcNow - UploadOwnership.Silence - UploadOwnership.Beat }), Cancel);
            (await new ImageRecovery(CatalogOf(Files), scratch.Database.Images, TimeProvider.System, NullLogger<ImageRecovery>.Instance).RecoverAsync(Cancel)).Should().Be(1);
            Image again = (await scratch.Database.Images.FindAsync(queued.Id, SampleImages.Owner, Cancel))!;
            successor = UploadAsync(successorIsDone ? Files : new HookedStore(Files, () => going.Task), again, theirs);
            if (successorIsDone) await successor;
        });

        Func<Task> upload = () => UploadAsync(stalled, queued, [1, 2, 3]);

        await upload.Should().ThrowAsync<ImageStatusTransitionException>();
        going.SetResult();
        Image active = await successor!;
        active.SizeBytes.Should().Be(theirs.Length);
        File.ReadAllBytes(Path.Combine(scratch.Folder, queued.Id)).Should().Equal(theirs);
    }

    private FileStore Files => new(Options);

    private StoreOptions Options => new() { Id = "fast", Type = "file", DataFolders = [new DataFolder(scratch.Folder)] };

    private StoreCatalog CatalogOf(IImageStore store) => new([new ConfiguredStore(Options, store)], "fast", storesEnabled: true);

    private Task<Image> UploadAsync(IImageStore store, Image image, byte[] content) =>
        new ImageUpload(CatalogOf(store), scratch.Database.Images, GlanceOptions.Defaults, TimeProvider.System, NullLogger<ImageUpload>.Instance)
            .UploadAsync(image, new MemoryStream(content), content.Length, null, SampleImages.Owner, Cancel);

    /// <summary>Does something once the data is complete, before anybody learns of it.</summary>
    private sealed class HookedStore(IImageStore store, Func<Task> written) : WrappedStore(store)
    {
        public override async Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel)
        {
            StoredImage stored = await base.WriteAsync(imageId, content, sizeBytes, cancel);
            await written();
            return stored;
        }

        public override IImageStore For(Caller caller) => this;
    }
}
