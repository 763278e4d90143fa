using System.Security.Cryptography;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Rbd;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Stores.Live;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Rbd;

/// <summary>What is particular to Ceph: the layout that Nova and Cinder clone from, and what a cluster may refuse.</summary>
public sealed class RbdStoreTests : IAsyncLifetime
{
    private readonly string id = Guid.NewGuid().ToString();
    private CephServer ceph = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => ceph = await CephServer.StartedAsync(Cancel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_image_lies_in_the_pool_as_Glance_makes_it()
    {
        using RbdStore store = Store();
        byte[] content = RandomNumberGenerator.GetBytes(20_000_000);

        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);

        string fsid = await ceph.ExecuteAsync(Cancel, "ceph", "fsid");
        stored.Url.Should().Be($"rbd://{fsid}/images/{id}/snap");
        string info = await ceph.ExecuteAsync(Cancel, "rbd", "info", "--format", "json", $"images/{id}");
        info.Should().Contain("\"size\":20000000").And.Contain("\"order\":23").And.Contain("\"format\":2").And.Contain("layering");
        (await ceph.ExecuteAsync(Cancel, "rbd", "snap", "ls", "--format", "json", $"images/{id}")).Should().Contain("\"name\":\"snap\"").And.Contain("\"protected\":\"true\"");
        string digest = await ceph.ExecuteAsync(Cancel, "bash", "-c", $"rbd export --no-progress images/{id}@snap - | sha256sum");
        digest.Should().StartWith(Convert.ToHexStringLower(SHA256.HashData(content)));
        await store.DeleteAsync(stored.Url, Cancel);
    }

    [Fact]
    public async Task A_size_that_nobody_knows_grows_in_steps_and_is_cut_to_the_bytes_that_came()
    {
        using RbdStore store = Store();
        const int size = (30 << 20) + 5;

        StoredImage stored = await store.WriteAsync(id, new EndlessStream(size), null, Cancel);

        (await store.SizeAsync(stored.Url, Cancel)).Should().Be(size);
        (await ceph.ExecuteAsync(Cancel, "rbd", "info", "--format", "json", $"images/{id}")).Should().Contain($"\"size\":{size}");
        await store.DeleteAsync(stored.Url, Cancel);
    }

    [Fact]
    public async Task Zeros_are_not_written_with_thin_provisioning_and_read_back_all_the_same()
    {
        using RbdStore store = Store(options => options with { ThinProvisioning = true });

        StoredImage stored = await store.WriteAsync(id, new EndlessStream(32 << 20), 32 << 20, Cancel);

        (await ceph.ExecuteAsync(Cancel, "rbd", "diff", $"images/{id}")).Should().BeEmpty();
        await using Stream read = await store.OpenReadAsync(stored.Url, 32 << 19, null, Cancel);
        using var copy = new MemoryStream();
        await read.CopyToAsync(copy, Cancel);
        copy.Length.Should().Be(32 << 19);
        copy.GetBuffer().AsSpan(0, (int)copy.Length).ContainsAnyExcept((byte)0).Should().BeFalse();
        await store.DeleteAsync(stored.Url, Cancel);
    }

    [Fact]
    public async Task A_reader_whose_image_is_removed_fails_and_reads_no_zeros()
    {
        using RbdStore store = Store();
        byte[] content = RandomNumberGenerator.GetBytes(100 << 20);
        string url = (await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel)).Url;
        await using Stream read = await store.OpenReadAsync(url, 1000, null, Cancel);
        byte[] got = new byte[content.Length - 1000];
        await read.ReadExactlyAsync(got.AsMemory(0, 5000), Cancel);
        await store.DeleteAsync(url, Cancel);

        int count = 5000;
        await FluentActions.Awaiting(async () =>
        {
            while (true) count += await read.ReadAsync(got.AsMemory(count), Cancel) is > 0 and var some ? some : throw new EndOfStreamException("All of it was there.");
        }).Should().ThrowAsync<ImageDataMissingException>();

        got.AsSpan(0, count).SequenceEqual(content.AsSpan(1000, count)).Should().BeTrue("what came before is right");
    }

    [Fact]
    public async Task An_image_that_Nova_has_cloned_is_in_use_and_stays_whole_until_the_clone_is_gone()
    {
        using RbdStore store = Store();
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);
        await ceph.ExecuteAsync(Cancel, "rbd", "clone", "--rbd-default-clone-format", "1", $"images/{id}@snap", $"images/{id}_disk");

        await FluentActions.Awaiting(() => store.DeleteAsync(stored.Url, Cancel)).Should().ThrowAsync<ImageDataInUseException>();

        (await ceph.ExecuteAsync(Cancel, "rbd", "snap", "ls", "--format", "json", $"images/{id}")).Should().Contain("\"protected\":\"true\"");
        await ceph.ExecuteAsync(Cancel, "rbd", "rm", "--no-progress", $"images/{id}_disk");
        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
    }

    [Fact]
    public async Task Deleting_an_image_that_is_cloned_is_409_and_leaves_it_as_it_was()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer
        {
            Default = "enabled_backends = fast:file, ceph:rbd",
            Sections = $"[ceph]\nrbd_store_ceph_conf = {ceph.ConfigurationFile}\nrbd_store_user = glance\nrbd_store_pool = images",
        });
        string image = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, image, [1, 2, 3], "x-image-meta-store: ceph")).Status.Should().Be(204);
        string before = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{image}")).Text;
        await ceph.ExecuteAsync(Cancel, "rbd", "clone", "--rbd-default-clone-format", "1", $"images/{image}@snap", $"images/{image}_disk");

        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{image}")).Status.Should().Be(409);

        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{image}")).Text.Should().Be(before);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{image}/file")).Body.Should().Equal(1, 2, 3);
        (await api.GetAsync(ApiServer.Admin, "/v2/info/stores/detail")).Text.Should().Contain(
            $$$"""{"id": "ceph", "type": "rbd", "weight": 0, "properties": {"chunk_size": 8388608, "pool": "images", "thin_provisioning": false, "fsid": "{{{await ceph.ExecuteAsync(Cancel, "ceph", "fsid")}}}"}}""");
        await ceph.ExecuteAsync(Cancel, "rbd", "rm", "--no-progress", $"images/{image}_disk");
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{image}")).Status.Should().Be(204);
    }

    [Fact]
    public async Task An_image_with_somebody_elses_snapshot_goes_to_the_trash()
    {
        using RbdStore store = Store();
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);
        await ceph.ExecuteAsync(Cancel, "rbd", "snap", "create", "--no-progress", $"images/{id}@backup");

        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();

        (await ceph.ExecuteAsync(Cancel, "rbd", "trash", "ls", "images")).Should().Contain(id);
        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeFalse();
    }

    [Fact]
    public async Task What_a_dead_writer_left_is_discarded_and_its_id_can_be_written_again()
    {
        using RbdStore store = Store();
        await ceph.ExecuteAsync(Cancel, "rbd", "create", "--size", "10M", $"images/{id}");

        await store.DiscardPartialAsync(id, Cancel);

        StoredImage stored = await store.WriteAsync(id, new MemoryStream([5]), 1, Cancel);
        (await store.SizeAsync(stored.Url, Cancel)).Should().Be(1);
        await store.DeleteAsync(stored.Url, Cancel);
    }

    [Fact]
    public async Task A_write_that_fails_late_leaves_what_somebody_has_written_under_its_name_meanwhile()
    {
        using RbdStore store = Store();
        var source = new BreakingStream(10 << 20) { Instead = () => ceph.ExecuteAsync(Cancel, "bash", "-c", $"rbd mv images/{id} images/old-{id} && rbd create --size 3M images/{id}").GetAwaiter().GetResult() };

        await FluentActions.Awaiting(() => store.WriteAsync(id, source, 64 << 20, Cancel)).Should().ThrowAsync<ImageSizeMismatchException>();

        (await ceph.ExecuteAsync(Cancel, "rbd", "info", "--format", "json", $"images/{id}")).Should().Contain("\"size\":3145728");
        await ceph.ExecuteAsync(Cancel, "bash", "-c", $"rbd rm --no-progress images/{id} && rbd rm --no-progress images/old-{id}");
    }

    /// <summary>Without care at closing, librbd aborts the process about once in 1,000.</summary>
    [Fact]
    public async Task Thousands_of_images_can_be_opened_and_closed_side_by_side()
    {
        using RbdStore store = Store();
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);

        await Parallel.ForAsync(0, 5000, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel }, async (_, cancel) => (await store.SizeAsync(stored.Url, cancel)).Should().Be(3));

        await store.DeleteAsync(stored.Url, Cancel);
    }

    [Fact]
    public async Task A_leftover_that_is_surely_dead_gives_way_to_a_new_write_and_a_young_one_does_not()
    {
        await ceph.ExecuteAsync(Cancel, "rbd", "create", "--size", "10M", $"images/{id}");
        var clock = new ManualClock(DateTime.UtcNow);
        using RbdStore store = Store(clock: clock);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([5]), 1, Cancel)).Should().ThrowAsync<ImageDataExistsException>();
        clock.Advance(TimeSpan.FromMinutes(10));
        StoredImage stored = await store.WriteAsync(id, new MemoryStream([5]), 1, Cancel);

        (await store.SizeAsync(stored.Url, Cancel)).Should().Be(1);
        await store.DeleteAsync(stored.Url, Cancel);
    }

    [Fact]
    public async Task Images_stay_readable_in_the_pool_they_were_written_to_when_another_one_is_configured()
    {
        LiveCeph other = await LiveCeph.NewPoolAsync(ceph, Cancel);
        using RbdStore before = Store(), after = Store(options => options with { Pool = other.Pool });
        StoredImage stored = await before.WriteAsync(id, new MemoryStream([7, 8, 9]), 3, Cancel);

        (await after.SizeAsync(stored.Url, Cancel)).Should().Be(3);
        byte[] middle = new byte[1];
        await using (Stream read = await after.OpenReadAsync(stored.Url, 1, 1, Cancel)) await read.ReadExactlyAsync(middle, Cancel);
        middle[0].Should().Be(8);
        (await after.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
        (await before.DeleteAsync(stored.Url, Cancel)).Should().BeFalse();
    }

    [Theory]
    [InlineData("rbd://{fsid}/images/{id}/snap", true)]
    [InlineData("rbd://{id}", true)]
    [InlineData("rbd://{fsid}/volumes/{id}/snap", false)]
    [InlineData("rbd://11111111-2222-3333-4444-555555555555/images/{id}/snap", false)]
    [InlineData("rbd://{fsid}/images/notes/snap", false)]
    [InlineData("rbd://{fsid}//{id}/snap", false)]
    [InlineData("file:///images/{id}", false)]
    public async Task Only_locations_of_this_cluster_and_pool_are_its_business(string template, bool owned)
    {
        using RbdStore store = Store();
        await store.DiscardPartialAsync(id, Cancel);   // Connected: now it knows its cluster.
        string url = template.Replace("{fsid}", await ceph.ExecuteAsync(Cancel, "ceph", "fsid")).Replace("{id}", id);

        store.Owns(url).Should().Be(owned);
        await FluentActions.Awaiting(() => store.SizeAsync(url, Cancel)).Should().ThrowAsync<ImageDataMissingException>();
    }

    [Fact]
    public async Task A_user_that_may_only_read_cannot_write()
    {
        using RbdStore store = Store(options => options with { User = "reader" });

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<StoreForbidsWritingException>();
    }

    [Theory]
    [InlineData("user", "*client.nobody*")]
    [InlineData("pool", "*open pool nowhere*")]
    [InlineData("file", "*read its configuration*")]
    public async Task What_the_configuration_gets_wrong_is_said(string what, string message)
    {
        using RbdStore store = Store(options => what switch
        {
            "user" => options with { User = "nobody" },
            "pool" => options with { Pool = "nowhere" },
            _ => options with { CephConf = "/nonexistent/ceph.conf" },
        });

        (await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<StoreUnreachableException>())
            .Which.InnerException!.Message.Should().Match(message);
        (await store.DescribeAsync(Cancel)).Select(property => property.Name).Should().Equal(["chunk_size", "pool", "thin_provisioning"], "which cluster it is cannot be told");
    }

    private RbdStore Store(Func<RbdStoreOptions, RbdStoreOptions>? change = null, TimeProvider? clock = null)
    {
        var options = new RbdStoreOptions { CephConf = ceph.ConfigurationFile, User = "glance" };
        return new RbdStore(change?.Invoke(options) ?? options, clock ?? TimeProvider.System);
    }
}
