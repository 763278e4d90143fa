using System.Security.Cryptography;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Tests.Stores;

/// <summary>What every image store promises. A store is finished when a class deriving from this passes with no overrides.</summary>
public abstract class ImageStoreContract : IAsyncDisposable
{
    private const int Big = (9 << 20) + 17;   // Larger than any buffer, a multiple of none.

    private readonly string id = Guid.NewGuid().ToString();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens a store over the test's own backend; the same one each time. <c>Assert.Skip(reason)</c> when that is out of reach.</summary>
    protected abstract Task<IImageStore> OpenStoreAsync();

    /// <summary>Every object on the backend, finished or not.</summary>
    protected abstract Task<IReadOnlyList<string>> ListBackendAsync();

    public abstract ValueTask DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(Big)]
    public async Task What_was_written_is_read_back(int size)
    {
        IImageStore store = await OpenStoreAsync();
        byte[] content = RandomNumberGenerator.GetBytes(size);

        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), size, Cancel);

        stored.SizeBytes.Should().Be(size);
        (await store.SizeAsync(stored.Url, Cancel)).Should().Be(size);
        (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
        store.Owns(stored.Url).Should().BeTrue();
    }

    [Fact]
    public async Task A_size_that_nobody_knows_beforehand_is_counted()
    {
        IImageStore store = await OpenStoreAsync();
        byte[] content = RandomNumberGenerator.GetBytes(Big);

        StoredImage stored = await store.WriteAsync(id, new TrickleStream(content), null, Cancel);

        stored.SizeBytes.Should().Be(Big);
        (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
    }

    [Theory]
    [InlineData(999)]
    [InlineData(1001)]
    public async Task Any_other_count_than_declared_is_a_failed_write(int declared)
    {
        IImageStore store = await OpenStoreAsync();

        Func<Task> write = () => store.WriteAsync(id, new MemoryStream(new byte[1000]), declared, Cancel);

        await write.Should().ThrowAsync<ImageSizeMismatchException>();
        await NothingIsLeftAndTheIdIsFreeAsync(store);
    }

    [Fact]
    public async Task A_write_whose_source_breaks_half_way_leaves_the_id_free_to_write_again()
    {
        IImageStore store = await OpenStoreAsync();

        Func<Task> write = () => store.WriteAsync(id, new BreakingStream(Big / 2), Big, Cancel);

        await write.Should().ThrowAsync<IOException>().WithMessage("the client left");
        await NothingIsLeftAndTheIdIsFreeAsync(store);
    }

    [Fact]
    public async Task A_cancelled_write_leaves_the_id_free_to_write_again()
    {
        IImageStore store = await OpenStoreAsync();
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        Func<Task> write = () => store.WriteAsync(id, new BreakingStream(Big / 2) { Instead = cancelled.Cancel }, Big, cancelled.Token);

        await write.Should().ThrowAsync<OperationCanceledException>();
        await NothingIsLeftAndTheIdIsFreeAsync(store);
    }

    [Fact]
    public async Task A_second_write_to_one_id_is_refused_and_the_first_is_unchanged()
    {
        IImageStore store = await OpenStoreAsync();
        StoredImage first = await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);

        Func<Task> write = () => store.WriteAsync(id, new MemoryStream([4, 5]), 2, Cancel);

        await write.Should().ThrowAsync<ImageDataExistsException>();
        (await store.ReadAllAsync(first.Url)).Should().Equal([1, 2, 3]);
        (await ListBackendAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task Of_two_writes_at_once_to_one_id_exactly_one_wins()
    {
        IImageStore store = await OpenStoreAsync();
        var begun = new CountdownEvent(2);
        byte[][] contents = [RandomNumberGenerator.GetBytes(Big), RandomNumberGenerator.GetBytes(Big)];

        Task<StoredImage>[] writes = [.. contents.Select(content => Task.Run(() => WriteBesideAnotherAsync(store, content, begun)))];
        await Task.WhenAny(Task.WhenAll(writes));   // Ends with both, and throws for neither.

        Task<StoredImage> won = writes.Single(write => write.IsCompletedSuccessfully);
        writes.Single(write => write != won).Exception!.InnerException.Should().BeOfType<ImageDataExistsException>();
        (await store.ReadAllAsync((await won).Url)).Should().Equal(contents[Array.IndexOf(writes, won)]);
        (await ListBackendAsync()).Should().HaveCount(1);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(5, null)]
    [InlineData(999_999, 1)]
    [InlineData(999_990, 100)]
    [InlineData(1_000_000, null)]
    [InlineData(1_000_001, 5)]
    [InlineData(70_000, 300_000)]
    [InlineData(10, 0)]
    public async Task A_range_is_what_lies_in_it_and_ends_at_the_end(int offset, int? length)
    {
        IImageStore store = await OpenStoreAsync();
        byte[] content = RandomNumberGenerator.GetBytes(1_000_000);
        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), null, Cancel);

        byte[] read = await store.ReadAllAsync(stored.Url, offset, length);

        read.Should().Equal(content.Skip(offset).Take(length ?? int.MaxValue));
    }

    [Fact]
    public async Task Deleting_twice_says_that_nothing_was_there()
    {
        IImageStore store = await OpenStoreAsync();
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1]), 1, Cancel);

        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeFalse();
        (await ListBackendAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Reading_what_was_deleted_says_that_it_is_missing()
    {
        IImageStore store = await OpenStoreAsync();
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1]), 1, Cancel);
        await store.DeleteAsync(stored.Url, Cancel);

        await FluentActions.Awaiting(() => store.OpenReadAsync(stored.Url, 0, null, Cancel)).Should().ThrowAsync<ImageDataMissingException>();
        await FluentActions.Awaiting(() => store.SizeAsync(stored.Url, Cancel)).Should().ThrowAsync<ImageDataMissingException>();
    }

    [Fact]
    public async Task A_second_instance_over_the_same_backend_sees_and_respects_everything()
    {
        IImageStore store = await OpenStoreAsync();
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2]), 2, Cancel);
        IImageStore second = await OpenStoreAsync();

        (await second.ReadAllAsync(stored.Url)).Should().Equal([1, 2]);
        await FluentActions.Awaiting(() => second.WriteAsync(id, new MemoryStream([3]), 1, Cancel)).Should().ThrowAsync<ImageDataExistsException>();
        (await second.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
    }

    [Fact]
    public async Task An_instance_that_starts_or_discards_does_not_disturb_a_running_write()
    {
        IImageStore store = await OpenStoreAsync();
        byte[] content = RandomNumberGenerator.GetBytes(Big);
        var source = new TrickleStream(content);
        source.OnFirstRead = () =>
        {
            IImageStore second = OpenStoreAsync().GetAwaiter().GetResult();
            second.DiscardPartialAsync(id, Cancel).GetAwaiter().GetResult();
        };

        StoredImage stored = await store.WriteAsync(id, source, Big, Cancel);

        (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
    }

    [Fact]
    public async Task Discarding_what_a_crash_left_never_touches_complete_data()
    {
        IImageStore store = await OpenStoreAsync();
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2]), 2, Cancel);

        await store.DiscardPartialAsync(id, Cancel);

        (await store.ReadAllAsync(stored.Url)).Should().Equal([1, 2]);
    }

    [Fact]
    public async Task Complete_data_that_nothing_refers_to_can_be_discarded_by_id()
    {
        IImageStore store = await OpenStoreAsync();
        await store.WriteAsync(id, new MemoryStream([1, 2]), 2, Cancel);

        (await store.DiscardOrphanAsync(id, Cancel)).Should().BeTrue();
        (await store.DiscardOrphanAsync(id, Cancel)).Should().BeFalse();
        (await ListBackendAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task The_list_has_every_finished_image_once_with_its_url_and_size()
    {
        IImageStore store = await OpenStoreAsync();
        (await ListAsync(store)).Should().BeEmpty();
        StoredImage empty = await store.WriteAsync(id, Stream.Null, 0, Cancel);
        string other = Guid.NewGuid().ToString();
        StoredImage big = await store.WriteAsync(other, new MemoryStream(new byte[Big]), null, Cancel);
        StoredImage gone = await store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream([1]), 1, Cancel);
        await store.DeleteAsync(gone.Url, Cancel);

        IReadOnlyList<StoredObject> listed = await ListAsync(await OpenStoreAsync());

        listed.Should().BeEquivalentTo([new StoredObject(id, empty.Url, 0, true), new StoredObject(other, big.Url, Big, true)]);
    }

    [Fact]
    public async Task What_is_being_written_is_never_listed_as_finished()
    {
        IImageStore store = await OpenStoreAsync();
        IReadOnlyList<StoredObject> listed = [];
        var source = new BreakingStream(Big) { Instead = () => listed = ListAsync(store).GetAwaiter().GetResult() };   // All has come but the end.

        StoredImage stored = await store.WriteAsync(id, source, null, Cancel);

        listed.Should().NotContain(wrong => wrong.ImageId != id || wrong.IsComplete);   // Not every backend shows it at all.
        (await ListAsync(store)).Should().Equal(new StoredObject(id, stored.Url, Big, true));
    }

    protected static async Task<IReadOnlyList<StoredObject>> ListAsync(IImageStore store) => await store.ListAsync(Cancel).ToListAsync(Cancel);

    /// <summary>Writes no byte before the other has begun too, or has been refused without reading one.</summary>
    private async Task<StoredImage> WriteBesideAnotherAsync(IImageStore store, byte[] content, CountdownEvent begun)
    {
        bool reading = false;
        var source = new TrickleStream(content)
        {
            OnFirstRead = () =>
            {
                reading = true;
                begun.Signal();
                begun.Wait(Cancel);
            },
        };
        try
        {
            return await store.WriteAsync(id, source, Big, Cancel);
        }
        catch when (!reading)
        {
            begun.Signal();
            throw;
        }
    }

    private async Task NothingIsLeftAndTheIdIsFreeAsync(IImageStore store)
    {
        (await ListBackendAsync()).Should().BeEmpty();
        StoredImage again = await store.WriteAsync(id, new MemoryStream([7]), 1, Cancel);
        (await store.ReadAllAsync(again.Url)).Should().Equal([7]);
    }
}
