using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Tests.Metadata;
using KollaNet.ImageService.Tests.Stores;
using Microsoft.Extensions.Logging.Abstractions;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>One of its tests counts the memory of the whole process.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;

/// <summary>Uploads against a real database file and a real folder.</summary>
[Collection(nameof(RunsAlone))]
public sealed class UploadTests : IAsyncLifetime
{
    private ScratchDatabase scratch = null!;
    private readonly ManualClock clock = new(SampleImages.Later);
    private string dataFolder = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IImageRepository Images => scratch.Database.Images;

    public async ValueTask InitializeAsync()
    {
        scratch = await ScratchDatabase.StartAsync();
        dataFolder = Directory.CreateDirectory(Path.Combine(scratch.Folder, "images")).FullName;
    }

    public ValueTask DisposeAsync() => scratch.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public async Task An_upload_ends_active_with_everything_known_about_its_bytes(int processors)
    {
        byte[] content = RandomNumberGenerator.GetBytes((7 << 20) + 3);
        Image queued = await QueuedAsync();

        Image active = await Upload(processors: processors).UploadAsync(queued, new TrickleStream(content), null, null, SampleImages.Owner, Cancel);

        (await FoundAsync(queued)).Should().BeEquivalentTo(active, same => same.Excluding(image => image.Locations));
        active.Status.Should().Be(ImageStatus.Active);
        active.SizeBytes.Should().Be(content.Length);
        active.VirtualSizeBytes.Should().Be(content.Length);
        active.Checksum.Should().Be(Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, content)));
        active.HashAlgorithm.Should().Be("sha512");
        active.HashValue.Should().Be(Convert.ToHexStringLower(SHA512.HashData(content)));
        active.Properties.Should().BeEmpty();
        ImageLocation location = active.Locations.Should().ContainSingle().Which;
        location.Url.Should().Be($"file://{dataFolder}/{queued.Id}");
        location.Metadata.Should().HaveCount(1).And.Contain("store", "fast");
        (await File.ReadAllBytesAsync(Path.Combine(dataFolder, queued.Id), Cancel)).Should().Equal(content);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(null)]
    public async Task An_empty_upload_activates_an_image_whatever_its_format(long? declared)
    {
        Image active = await Upload().UploadAsync(await QueuedAsync(format: "qcow2"), new MemoryStream(), declared, null, SampleImages.Owner, Cancel);

        (active.Status, active.SizeBytes, active.VirtualSizeBytes, active.Checksum).Should().Be((ImageStatus.Active, 0L, null, "d41d8cd98f00b204e9800998ecf8427e"));
    }

    [Fact]
    public async Task A_store_without_ids_leaves_the_locations_metadata_empty()
    {
        var single = new StoreCatalog([Configured("file")], "file", storesEnabled: false);

        Image active = await Upload(stores: single).UploadAsync(await QueuedAsync(), new MemoryStream([1]), 1, "ignored", SampleImages.Owner, Cancel);

        active.Locations.Single().Metadata.Should().BeEmpty();
    }

    [Fact]
    public async Task A_store_that_is_not_there_changes_nothing()
    {
        Image queued = await QueuedAsync();

        await Awaiting(Upload(), queued, new MemoryStream([1]), storeId: "nope").Should().ThrowAsync<UnknownStoreException>();

        await ShouldBeUntouchedAsync(queued);
    }

    [Fact]
    public async Task An_image_that_does_not_say_what_it_is_stays_queued()
    {
        Image queued = await QueuedAsync(format: null);

        await Awaiting(Upload(), queued, new MemoryStream([1])).Should().ThrowAsync<ImageFormatsMissingException>().WithMessage("*disk_format*");

        await ShouldBeUntouchedAsync(queued);
    }

    [Theory]
    [InlineData(ImageStatus.Saving)]
    [InlineData(ImageStatus.Active)]
    [InlineData(ImageStatus.Uploading)]
    public async Task Only_a_queued_image_takes_data(ImageStatus status)
    {
        Image image = await QueuedAsync() with { Status = status };

        await Awaiting(Upload(), image, new MemoryStream([1])).Should().ThrowAsync<ImageStatusTransitionException>().WithMessage($"*from {status.Name()} to saving is not allowed");
    }

    [Fact]
    public async Task Of_two_uploads_to_one_image_the_second_is_refused_and_the_first_ends_well()
    {
        Image queued = await QueuedAsync();
        var second = new List<Exception>();
        var source = new TrickleStream([1, 2, 3])
        {
            OnFirstRead = () => second.Add(Record(() => Upload().UploadAsync(queued, new MemoryStream([9]), 1, null, SampleImages.Owner, Cancel))),
        };

        Image active = await Upload().UploadAsync(queued, source, 3, null, SampleImages.Owner, Cancel);

        second.Single().Should().BeOfType<ImageStatusTransitionException>().Which.From.Should().Be(ImageStatus.Saving);
        active.SizeBytes.Should().Be(3);
    }

    public static TheoryData<string> Failures => ["too few", "too many", "cap", "declared cap", "quota", "declared quota", "source breaks", "cancel", "wrong format", "unsafe"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task After_any_failure_nothing_is_kept_and_a_retry_works(string failure)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        byte[] unsafeQcow2 = [(byte)'Q', (byte)'F', (byte)'I', 0xfb, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, .. new byte[500]];
        GlanceOptions strict = Options with { ImageSizeCapBytes = 5000, UserStorageQuotaBytes = failure.Contains("quota") ? 3000 : 0 };
        Image queued = await QueuedAsync(format: failure == "wrong format" ? "vmdk" : "raw");
        (Type expected, Stream source, long? declared) = failure switch
        {
            "too few" => ((Type, Stream, long?))(typeof(ImageSizeMismatchException), new MemoryStream(new byte[10]), 11),
            "too many" => (typeof(ImageSizeMismatchException), new MemoryStream(new byte[12]), 11),
            "cap" => (typeof(ImageSizeCapExceededException), new MemoryStream(new byte[5001]), null),
            "declared cap" => (typeof(ImageSizeCapExceededException), new BreakingStream(0), 5001),
            "quota" => (typeof(StorageQuotaExceededException), new MemoryStream(new byte[3001]), null),
            "declared quota" => (typeof(StorageQuotaExceededException), new BreakingStream(0), 3001),
            "source breaks" => (typeof(IOException), new BreakingStream(3000), 4000),
            "cancel" => (typeof(OperationCanceledException), new BreakingStream(3000) { Instead = cancelled.Cancel }, 4000),
            "wrong format" => (typeof(ImageContentRefusedException), new MemoryStream(new byte[4000]), null),
            _ => (typeof(ImageContentRefusedException), new MemoryStream(unsafeQcow2), null),
        };

        Exception thrown = await RecordAsync(() => Upload(strict).UploadAsync(queued, source, declared, null, SampleImages.Owner, cancelled.Token));

        thrown.Should().BeAssignableTo(expected);
        await ShouldBeUntouchedAsync(queued);
        Image again = (await FoundAsync(queued))! with { DiskFormat = "raw" };
        (await Upload(strict).UploadAsync(again, new MemoryStream(new byte[100]), 100, null, SampleImages.Owner, Cancel)).Status.Should().Be(ImageStatus.Active);
    }

    [Fact]
    public async Task A_disk_that_fills_up_leaves_nothing_behind()
    {
        string small = Path.Combine(scratch.Folder, "small");
        Directory.CreateDirectory(small);
        Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small).Should().BeTrue("these tests run as root, which may mount a small tmpfs");
        try
        {
            Image queued = await QueuedAsync();
            var stores = new StoreCatalog([Configured("small", small)], "small", storesEnabled: true);

            await Awaiting(Upload(stores: stores), queued, new EndlessStream(3 << 20)).Should().ThrowAsync<StoreFullException>();

            Directory.GetFileSystemEntries(small).Should().BeEmpty();
            (await FoundAsync(queued))!.Status.Should().Be(ImageStatus.Queued);
        }
        finally
        {
            Run("umount", small).Should().BeTrue();
        }
    }

    [Fact]
    public async Task An_image_deleted_during_its_upload_is_gone_with_its_data()
    {
        Image queued = await QueuedAsync();
        var source = new TrickleStream(new byte[1000]) { OnFirstRead = () => Images.DeleteAsync(queued.Id, ImageStatus.Saving, SampleImages.Later, Cancel).GetAwaiter().GetResult() };

        await Awaiting(Upload(), queued, source).Should().ThrowAsync<ImageGoneException>();

        Directory.GetFiles(dataFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task A_running_upload_notices_at_its_next_heartbeat_that_the_image_is_gone()
    {
        Image queued = await QueuedAsync();
        var source = new StallingStream
        {
            OnRead = () =>
            {
                Images.DeleteAsync(queued.Id, ImageStatus.Saving, SampleImages.Later, Cancel).GetAwaiter().GetResult();
                clock.Advance(UploadOwnership.Beat);
            },
        };

        await Awaiting(Upload(), queued, source).Should().ThrowAsync<ImageGoneException>();
    }

    [Fact]
    public async Task What_others_change_during_an_upload_is_kept()
    {
        Image queued = await QueuedAsync();
        var source = new TrickleStream([1])
        {
            OnFirstRead = () =>
            {
                Image saving = Images.FindAsync(queued.Id, SampleImages.Owner, Cancel).GetAwaiter().GetResult()!;
                Images.SaveAsync(saving with { Name = "renamed" }, ImageStatus.Saving, Cancel).GetAwaiter().GetResult();
            },
        };

        Image active = await Upload().UploadAsync(queued, source, 1, null, SampleImages.Owner, Cancel);

        active.Name.Should().Be("renamed");
    }

    [Fact]
    public async Task Uploads_that_run_count_against_their_owners_quota()
    {
        GlanceOptions limited = Options with { UserStorageQuotaBytes = 1000 };
        ImageUpload upload = Upload(limited);
        Image first = await QueuedAsync(), second = await QueuedAsync();
        var refused = new List<Exception>();
        var source = new TrickleStream(new byte[600]) { OnFirstRead = () => refused.Add(Record(() => upload.UploadAsync(second, new MemoryStream(new byte[600]), 600, null, SampleImages.Owner, Cancel))) };

        await upload.UploadAsync(first, source, 600, null, SampleImages.Owner, Cancel);

        refused.Single().Should().BeOfType<StorageQuotaExceededException>();
        (await upload.UploadAsync(second, new MemoryStream(new byte[400]), 400, null, SampleImages.Owner, Cancel)).Status.Should().Be(ImageStatus.Active);
    }

    [Fact]
    public async Task Four_gibibytes_pass_through_a_few_mebibytes_of_memory()
    {
        const long size = 4L << 30;
        Image queued = await QueuedAsync();
        var thin = new StoreCatalog([Configured("thin", thin: true)], "thin", storesEnabled: true);
        GlanceOptions md5Only = Options with { HashingAlgorithm = "md5" };
        long before = GC.GetTotalAllocatedBytes(precise: true);

        Image active = await Upload(md5Only, thin).UploadAsync(queued, new EndlessStream(size), size, null, SampleImages.Owner, Cancel);

        active.SizeBytes.Should().Be(size);
        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(64 << 20);
    }

    [Fact]
    public async Task An_upload_whose_worker_died_is_queued_again_without_its_data()
    {
        Image dead = await SavingAsync(silentFor: UploadOwnership.Silence + TimeSpan.FromSeconds(1), ours: true);
        File.WriteAllText(Path.Combine(dataFolder, $".kollanet-{dead.Id}-abc.partial"), "half");
        File.WriteAllText(Path.Combine(dataFolder, dead.Id), "complete, but the crash came before the metadata");

        (await Recovery().RecoverAsync(Cancel)).Should().Be(1);

        Image found = (await FoundAsync(dead))!;
        (found.Status, found.Properties.Count).Should().Be((ImageStatus.Queued, 0));
        Directory.GetFiles(dataFolder).Should().BeEmpty();
        (await Recovery().RecoverAsync(Cancel)).Should().Be(0);
    }

    [Fact]
    public async Task An_upload_that_is_deleted_after_its_worker_died_leaves_nothing()
    {
        Image dead = await SavingAsync(silentFor: TimeSpan.FromSeconds(10), ours: true);
        File.WriteAllText(Path.Combine(dataFolder, $".kollanet-{dead.Id}-abc.partial"), "half");
        var removal = new ImageRemoval(Stores, Images, Options, clock);
        ImageRecovery recovery = new(Stores, Images, clock, NullLogger<ImageRecovery>.Instance) { Removal = removal };

        await removal.DeleteAsync(dead, Cancel);
        (await FoundAsync(dead)).Should().BeNull();
        (await scratch.Database.PendingDeletions.ListAsync(DateTime.MaxValue, Cancel)).Should().BeEmpty("the scrubber knows nothing of what was written");
        (await recovery.RecoverAsync(Cancel)).Should().Be(0, "its writer may live");
        clock.Advance(UploadOwnership.Silence + TimeSpan.FromSeconds(1));
        (await recovery.RecoverAsync(Cancel)).Should().Be(1);

        Directory.GetFiles(dataFolder).Should().BeEmpty();
        (await Images.ListStuckAsync([ImageStatus.PendingDelete], DateTime.MaxValue, Cancel)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(3600, false)]
    public async Task An_upload_that_gave_a_sign_of_life_or_may_be_Glances_is_left_alone(int silentSeconds, bool ours)
    {
        Image running = await SavingAsync(TimeSpan.FromSeconds(silentSeconds), ours);
        File.WriteAllText(Path.Combine(dataFolder, running.Id), "Glance writes in place");

        (await Recovery().RecoverAsync(Cancel)).Should().Be(0);

        (await FoundAsync(running))!.Status.Should().Be(ImageStatus.Saving);
        Directory.GetFiles(dataFolder).Should().ContainSingle();
    }

    [Fact]
    public async Task A_glance_upload_silent_for_more_than_a_day_is_dead()
    {
        Image dead = await SavingAsync(TimeSpan.FromHours(25), ours: false);

        (await Recovery().RecoverAsync(Cancel)).Should().Be(1);

        (await FoundAsync(dead))!.Status.Should().Be(ImageStatus.Queued);
    }

    private static GlanceOptions Options => GlanceOptions.Defaults;

    private ConfiguredStore Configured(string id, string? path = null, bool thin = false)
    {
        var options = new StoreOptions { Id = id, Type = "file", DataFolders = [new DataFolder(path ?? dataFolder)], ThinProvisioning = thin };
        return new ConfiguredStore(options, new FileStore(options));
    }

    [Fact]
    public async Task What_a_store_says_of_its_folders_is_added_to_the_location()
    {
        var nfs = new LocationMetadata(Path.GetDirectoryName(dataFolder)!, ImmutableSortedDictionary<string, string>.Empty.Add("id", "nas").Add("mountpoint", "/mnt"));
        var options = new StoreOptions { Id = "fast", Type = "file", DataFolders = [new DataFolder(dataFolder)], LocationMetadata = [nfs] };

        Image active = await Upload(stores: new StoreCatalog([new ConfiguredStore(options, new FileStore(options))], "fast", storesEnabled: true)).UploadAsync(await QueuedAsync(), new MemoryStream([1]), null, null, SampleImages.Owner, Cancel);

        active.Locations.Single().Metadata.Should().BeEquivalentTo(new Dictionary<string, string> { ["id"] = "nas", ["mountpoint"] = "/mnt", ["store"] = "fast" });
    }

    private StoreCatalog Stores => new([Configured("fast")], "fast", storesEnabled: true);

    private ImageUpload Upload(GlanceOptions? options = null, StoreCatalog? stores = null, int processors = 2) =>
        new(stores ?? Stores, Images, options ?? Options, clock, NullLogger<ImageUpload>.Instance) { Processors = processors };

    private ImageRecovery Recovery() => new(Stores, Images, clock, NullLogger<ImageRecovery>.Instance);

    private static Func<Task> Awaiting(ImageUpload upload, Image image, Stream source, string? storeId = null) =>
        () => upload.UploadAsync(image, source, null, storeId, SampleImages.Owner, Cancel);

    private async Task<Image> QueuedAsync(string? format = "raw")
    {
        Image image = SampleImages.New() with { DiskFormat = format };
        await Images.AddAsync(image, Cancel);
        return image;
    }

    private async Task<Image> SavingAsync(TimeSpan silentFor, bool ours)
    {
        Image queued = await QueuedAsync();
        Image saving = queued with { Status = ImageStatus.Saving, UpdatedAt = clock.GetUtcNow().UtcDateTime - silentFor };
        return await Images.SaveAsync(ours ? UploadOwnership.Take(saving) : saving, ImageStatus.Queued, Cancel);
    }

    private Task<Image?> FoundAsync(Image image) => Images.FindAsync(image.Id, SampleImages.Owner, Cancel);

    private async Task ShouldBeUntouchedAsync(Image queued)
    {
        Image found = (await FoundAsync(queued))!;
        found.Should().BeEquivalentTo(queued, same => same.Excluding(image => image.UpdatedAt));
        Directory.GetFiles(dataFolder).Should().BeEmpty();
    }

    private static Exception Record(Func<Task> act) => RecordAsync(act).GetAwaiter().GetResult();

    private static async Task<Exception> RecordAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e)
        {
            return e;
        }

        throw new InvalidOperationException("It was expected to fail.");
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>Never ends; waits for the cancel, as a connection does.</summary>
    private sealed class StallingStream : SourceStream
    {
        public required Action OnRead { get; init; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            OnRead();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return 0;
        }
    }
}
