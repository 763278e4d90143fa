using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Tests.Metadata;
using KollaNet.ImageService.Tests.Stores;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>A download goes on when its image moves to another store, or the store that it reads from breaks.</summary>
public sealed class FollowedDownloadTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-follow-");
    private readonly byte[] data = new byte[500_000];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_image_that_has_moved_since_it_was_looked_at_is_read_where_it_is()
    {
        await using ImageDatabase database = ImageDatabase.Open($"sqlite:///{folder.FullName}/images.sqlite");
        await database.Schema.SyncAsync(Cancel);
        FileStore old = Store("old"), young = Store("young");
        var stores = new StoreCatalog([new ConfiguredStore(Options("old"), old), new ConfiguredStore(Options("young"), young)], "old", storesEnabled: true);
        Random.Shared.NextBytes(data);
        Image image = SampleImages.New() with { Status = ImageStatus.Active, SizeBytes = data.Length };
        Image before = image with { Locations = [SampleImages.At((await old.WriteAsync(image.Id, new MemoryStream(data), null, Cancel)).Url, "old")] };
        await database.Images.AddAsync(before, Cancel);

        var download = new ImageDownload(stores, database.Images);
        ImageLocation now = SampleImages.At((await young.WriteAsync(image.Id, new MemoryStream(data), null, Cancel)).Url, "young");
        await database.Images.ChangeAsync(image.Id, current => Task.FromResult(current with { Locations = [now] }), Cancel);
        await old.DeleteAsync(before.Locations[0].Url, Cancel);

        await using ImageContent content = await download.OpenAsync(before, 100, 1000, [], Cancel);
        (await ReadAsync(content.Stream)).Should().Equal(data[100..1100]);
    }

    [Fact]
    public async Task One_that_breaks_in_the_middle_goes_on_behind_what_came()
    {
        var asked = new List<long>();
        await using var stream = new FollowingStream(new BreakingStream(300_000), (offset, _) =>
        {
            asked.Add(offset);
            return Task.FromResult<Stream>(asked.Count == 1 ? new BreakingStream(50_000) : new MemoryStream(data[350_000..]));
        });
        data.AsSpan(350_000).Fill(7);

        (await ReadAsync(stream)).Should().Equal(data);

        asked.Should().Equal(300_000, 350_000);
    }

    [Fact]
    public async Task What_broke_first_is_told_when_there_is_no_other_place()
    {
        await using var stream = new FollowingStream(new BreakingStream(10), (_, _) => throw new ImageHasNoDataException("gone"));

        await FluentActions.Awaiting(() => ReadAsync(stream)).Should().ThrowAsync<IOException>().WithMessage("the client left");
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Cancel);
        return copy.ToArray();
    }

    private FileStore Store(string id) => new(Options(id));

    private StoreOptions Options(string id) => new() { Id = id, Type = "file", DataFolders = [new DataFolder(Path.Combine(folder.FullName, id))] };
}
