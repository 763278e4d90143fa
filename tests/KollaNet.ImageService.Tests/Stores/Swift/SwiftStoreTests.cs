using System.Security.Cryptography;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Swift;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Swift;

/// <summary>What is particular to Swift, on a real one.</summary>
public sealed class SwiftStoreTests : IAsyncLifetime
{
    private const long Megabyte = SwiftStoreOptions.SwiftMegabyte;

    private readonly string id = Guid.NewGuid().ToString();
    private SwiftBackend? backend;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private SwiftBackend Backend => backend!;

    private SwiftStoreOptions Segmenting => Backend.Options with { LargeObjectBytes = 2 * Megabyte, SegmentBytes = Megabyte };

    public async ValueTask InitializeAsync() => backend = new SwiftBackend(await SwiftServer.StartedAsync(Cancel));

    public ValueTask DisposeAsync() => Backend.DisposeAsync();

    [Fact]
    public async Task A_small_image_is_one_plain_object()
    {
        using var store = new SwiftStore(Backend.Options, TimeProvider.System);

        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);

        stored.Should().Be(new StoredImage($"swift+config://ref1/{Backend.Container}/{id}", 3));
        using HttpResponseMessage head = await Backend.AskAsync(HttpMethod.Head, $"/{id}", Cancel);
        head.Content.Headers.ContentLength.Should().Be(3);
        head.Headers.Contains("X-Object-Manifest").Should().BeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_image_or_one_of_unknown_size_is_segments_with_a_manifest(bool sizeIsKnown)
    {
        byte[] content = RandomNumberGenerator.GetBytes((int)(2.5 * Megabyte));
        using var store = new SwiftStore(Segmenting, TimeProvider.System);

        StoredImage stored = await store.WriteAsync(id, new TrickleStream(content), sizeIsKnown ? content.Length : null, Cancel);

        (await Backend.ListAsync(Cancel)).Should().Equal(id, $"{id}-00001", $"{id}-00002", $"{id}-00003");
        using HttpResponseMessage head = await Backend.AskAsync(HttpMethod.Head, $"/{id}", Cancel);
        head.Headers.GetValues("X-Object-Manifest").Should().Equal($"{Backend.Container}/{id}-");
        head.Content.Headers.ContentLength.Should().Be(content.Length);
        using HttpResponseMessage second = await Backend.AskAsync(HttpMethod.Get, $"/{id}-00002", Cancel);
        (await second.Content.ReadAsByteArrayAsync(Cancel)).Should().Equal(content[(int)Megabyte..(int)(2 * Megabyte)]);
        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
        (await Backend.ListAsync(Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task Segments_of_an_interrupted_upload_do_not_become_part_of_the_next()
    {
        using var store = new SwiftStore(Segmenting, TimeProvider.System);
        await store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream([1]), 1, Cancel);   // Makes the container.
        foreach (int number in new[] { 1, 2, 7 }) (await Backend.AskAsync(HttpMethod.Put, $"/{id}-{number:D5}", Cancel, new ByteArrayContent(new byte[1000]))).EnsureSuccessStatusCode();
        byte[] content = RandomNumberGenerator.GetBytes((int)(2 * Megabyte));

        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);

        (await store.SizeAsync(stored.Url, Cancel)).Should().Be(content.Length);
        (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
    }

    [Fact]
    public async Task What_an_interrupted_upload_left_is_listed_as_unfinished_and_can_be_discarded()
    {
        using var store = new SwiftStore(Segmenting, TimeProvider.System);
        await store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream([1]), 1, Cancel);
        foreach (int number in new[] { 1, 2 }) (await Backend.AskAsync(HttpMethod.Put, $"/{id}-{number:D5}", Cancel, new ByteArrayContent(new byte[1000]))).EnsureSuccessStatusCode();

        (await store.ListAsync(Cancel).Where(found => !found.IsComplete).ToListAsync(Cancel)).Should().Equal(new StoredObject(id, $"swift+config://ref1/{Backend.Container}/{id}", 2000, false));
        await store.DiscardPartialAsync(id, Cancel);
        (await Backend.ListAsync(Cancel)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_static_large_object_is_read_and_deleted_with_its_segments()
    {
        using var store = new SwiftStore(Backend.Options, TimeProvider.System);
        await store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream([1]), 1, Cancel);
        byte[] content = RandomNumberGenerator.GetBytes(2_000_000);
        foreach (int half in new[] { 0, 1 }) (await Backend.AskAsync(HttpMethod.Put, $"/part{half}", Cancel, new ByteArrayContent(content, half * 1_000_000, 1_000_000))).EnsureSuccessStatusCode();
        string list = $$"""[{"path": "/{{Backend.Container}}/part0", "size_bytes": 1000000}, {"path": "/{{Backend.Container}}/part1", "size_bytes": 1000000}]""";
        (await Backend.AskAsync(HttpMethod.Put, $"/{id}?multipart-manifest=put", Cancel, new StringContent(list))).EnsureSuccessStatusCode();
        string url = $"swift+config://ref1/{Backend.Container}/{id}";

        (await store.ReadAllAsync(url)).Should().Equal(content);
        (await store.DeleteAsync(url, Cancel)).Should().BeTrue();
        (await Backend.ListAsync(Cancel)).Should().ContainSingle();
    }

    [Fact]
    public async Task Images_are_spread_over_containers_by_the_beginning_of_their_ids()
    {
        using var store = new SwiftStore(Backend.Options with { ContainerSeed = 10 }, TimeProvider.System);

        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1]), 1, Cancel);

        stored.Url.Should().Be($"swift+config://ref1/{Backend.Container}_{id[..10]}/{id}");
        (await store.ReadAllAsync(stored.Url)).Should().Equal(1);
        (await store.ListAsync(Cancel).ToListAsync(Cancel)).Should().Equal(new StoredObject(id, stored.Url, 1, true));
    }

    [Fact]
    public async Task Urls_with_a_login_are_written_without_a_reference_file_and_read_by_any_store()
    {
        using var old = new SwiftStore(Backend.Options with { HasReferenceFile = false }, TimeProvider.System);
        using var now = new SwiftStore(Backend.Options, TimeProvider.System);

        StoredImage stored = await old.WriteAsync(id, new MemoryStream([1, 2]), 2, Cancel);

        stored.Url.Should().Be($"swift+http://test%3Atester:testing@{Backend.Server.AuthUrl["http://".Length..]}/{Backend.Container}/{id}");
        now.Owns(stored.Url).Should().BeTrue();
        (await now.ReadAllAsync(stored.Url)).Should().Equal(1, 2);
        await now.DeleteAsync(stored.Url, Cancel);
        (await FluentActions.Awaiting(() => now.SizeAsync(stored.Url, Cancel)).Should().ThrowAsync<ImageDataMissingException>()).Which.Message.Should().NotContain("testing");
    }

    [Fact]
    public async Task A_token_that_is_no_longer_good_is_renewed_in_the_middle_of_everything()
    {
        await using var server = await SwiftServer.StartAsync(256 << 20, Cancel);
        await using var own = new SwiftBackend(server);
        using var store = new SwiftStore(own.Options with { LargeObjectBytes = 2 * Megabyte, SegmentBytes = Megabyte }, TimeProvider.System);
        byte[] content = RandomNumberGenerator.GetBytes((int)(3 * Megabyte));
        var source = new TrickleStream(content);
        source.OnFirstRead = () => server.ForgetTokensAsync(Cancel).GetAwaiter().GetResult();

        StoredImage stored = await store.WriteAsync(id, source, content.Length, Cancel);
        await server.ForgetTokensAsync(Cancel);

        (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
        await server.ForgetTokensAsync(Cancel);
        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
    }

    [Fact]
    public async Task A_missing_container_is_told_with_what_to_do()
    {
        using var store = new SwiftStore(Backend.Options with { CreateContainerOnPut = false }, TimeProvider.System);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<StoreFailedException>().WithMessage("*swift_store_create_container_on_put*");
    }

    [Theory]
    [InlineData("swift+config://other/images/x")]
    [InlineData("rbd://fsid/images/x/snap")]
    public async Task What_it_has_no_way_to_is_not_its_business(string url)
    {
        using var store = new SwiftStore(Backend.Options, TimeProvider.System);

        store.Owns(url).Should().BeFalse();
        await FluentActions.Awaiting(() => store.OpenReadAsync(url, 0, null, Cancel)).Should().ThrowAsync<ImageDataMissingException>();
    }

    [Fact]
    public async Task A_token_never_goes_to_another_server()
    {
        using var store = new SwiftStore(Backend.Options, TimeProvider.System);

        await FluentActions.Awaiting(() => store.OpenReadAsync("swift+http://127.0.0.1:1/v1/AUTH_x/glance_x/x", 0, null, Cancel)).Should().ThrowAsync<StoreForbidsWritingException>();
    }
}
