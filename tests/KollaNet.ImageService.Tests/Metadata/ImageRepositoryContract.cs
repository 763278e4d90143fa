using System.Collections.Immutable;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>What every image repository promises. One is finished when a class deriving from this passes with no overrides. This part: saving and deleting.</summary>
public abstract partial class ImageRepositoryContract : IAsyncLifetime
{
    private ImageDatabase database = null!;

    private IImageRepository Images => database.Images;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An open, empty database without tables.</summary>
    protected abstract Task<ImageDatabase> EmptyDatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        database = await EmptyDatabaseAsync();
        await database.Schema.SyncAsync(Cancel);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_added_image_is_found_as_it_was()
    {
        Image image = Full();
        await Images.AddAsync(image, Cancel);

        Image found = (await Images.FindAsync(image.Id, Owner, Cancel))!;

        found.Should().BeEquivalentTo(image, same => same.Excluding(i => i.Locations));
        found.Tags.Should().Equal(image.Tags);
        found.Locations.Select(l => (l.Url, l.Metadata["store"], l.Status)).Should().Equal(("file:///images/a", "file", "active"), ("file:///images/b", "second", "active"));
        found.Locations.Should().OnlyContain(l => l.RowId > 0);
        found.CreatedAt.Kind.Should().Be(DateTimeKind.Utc);
    }

    [Fact]
    public async Task An_image_with_nothing_but_its_id_comes_back_with_nulls()
    {
        Image bare = new() { Id = Guid.NewGuid().ToString(), Status = ImageStatus.Queued, CreatedAt = Noon, UpdatedAt = Noon };
        await Images.AddAsync(bare, Cancel);

        (await Images.FindAsync(bare.Id, Admin, Cancel)).Should().BeEquivalentTo(bare);
    }

    [Fact]
    public async Task Fractions_of_seconds_are_cut_off_not_rounded()
    {
        Image image = New() with { CreatedAt = Noon.AddMilliseconds(999), UpdatedAt = Noon.AddMilliseconds(501) };
        await Images.AddAsync(image, Cancel);

        Image found = (await Images.FindAsync(image.Id, Owner, Cancel))!;

        (found.CreatedAt, found.UpdatedAt).Should().Be((Noon, Noon));
    }

    [Fact]
    public async Task Long_values_and_other_scripts_survive()
    {
        string value = string.Concat(Enumerable.Repeat("žluťoučký 日本 ", 2000));
        Image image = New("Ünïcode 名前") with { Properties = PropertyDictionary.Empty.SetItem("описание", value), Tags = ["café"] };
        await Images.AddAsync(image, Cancel);

        Image found = (await Images.FindAsync(image.Id, Owner, Cancel))!;

        (found.Name, found.Properties["описание"], found.Tags[0]).Should().Be((image.Name, value, "café"));
    }

    [Fact]
    public async Task Properties_come_in_the_order_they_were_given()
    {
        Image image = New() with { Properties = Properties(("b", "1"), ("a", "2"), ("c", "3")) };
        await Images.AddAsync(image, Cancel);
        Image changed = await Images.SaveAsync(image with { Properties = Properties(("aa", "new"), ("c", "3"), ("b", "changed"), ("a", "2")) }, ImageStatus.Queued, Cancel);

        changed.Properties.Keys.Should().Equal("b", "a", "c", "aa");
        (await Images.ListAsync(Query, Owner, Cancel))[0].Properties.Keys.Should().Equal("b", "a", "c", "aa");
    }

    [Fact]
    public async Task Two_names_that_the_database_calls_equal_are_refused_and_leave_nothing()
    {
        Image image = New() with { Properties = Properties(("Foo", "1"), ("foo", "2")) };

        await Images.Awaiting(i => i.AddAsync(image, Cancel)).Should().ThrowAsync<PropertyNamesCollideException>();
        (await Images.FindAsync(image.Id, Admin, Cancel)).Should().BeNull();

        Image plain = image with { Properties = Properties() };
        await Images.AddAsync(plain, Cancel);
        await Images.Awaiting(i => i.SaveAsync(image, ImageStatus.Queued, Cancel)).Should().ThrowAsync<PropertyNamesCollideException>();
        (await Images.FindAsync(image.Id, Admin, Cancel))!.Properties.Should().BeEmpty();
    }

    [Fact]
    public async Task An_id_is_taken_for_ever()
    {
        Image image = New();
        await Images.AddAsync(image, Cancel);
        await Images.Awaiting(i => i.AddAsync(image, Cancel)).Should().ThrowAsync<ImageExistsException>();

        await Images.DeleteAsync(image.Id, ImageStatus.Queued, Later, Cancel);
        await Images.Awaiting(i => i.AddAsync(image, Cancel)).Should().ThrowAsync<ImageExistsException>();
    }

    [Fact]
    public async Task Saving_changes_every_column_and_everything_that_belongs_to_the_image()
    {
        Image image = New() with { Properties = Properties(("gone", "1"), ("kept", "2"), ("changed", "3")), Tags = ["gone", "kept"] };
        await Images.AddAsync(image, Cancel);
        Image wanted = Full() with
        {
            Id = image.Id,
            Status = ImageStatus.Saving,
            CreatedAt = Noon,
            UpdatedAt = Later,
            Properties = Properties(("kept", "2"), ("changed", "4"), ("new", null)),
            Tags = ["kept", "new"],
        };

        Image saved = await Images.SaveAsync(wanted, ImageStatus.Queued, Cancel);

        saved.Should().BeEquivalentTo(wanted, same => same.Excluding(i => i.Locations));
        saved.Locations.Should().HaveCount(2).And.OnlyContain(l => l.RowId > 0);
        (await Images.FindAsync(image.Id, Admin, Cancel)).Should().BeEquivalentTo(saved);
    }

    [Fact]
    public async Task A_property_that_comes_back_revives_its_row_whatever_its_case()
    {
        Image image = New() with { Properties = Properties(("os_distro", "debian"), ("other", "1")) };
        await Images.AddAsync(image, Cancel);
        Image without = await Images.SaveAsync(image with { Properties = Properties(("other", "1")), UpdatedAt = Later }, ImageStatus.Queued, Cancel);
        without.Properties.Keys.Should().Equal("other");

        Image back = await Images.SaveAsync(without with { Properties = Properties(("OS_distro", "ubuntu"), ("other", "1")) }, ImageStatus.Queued, Cancel);

        back.Properties.Should().BeEquivalentTo(Properties(("OS_distro", "ubuntu"), ("other", "1")));
        (await RowsAsync("SELECT COUNT(*), SUM(deleted), COUNT(deleted_at) FROM image_properties")).Should().Equal("2|0|0");
    }

    [Fact]
    public async Task A_property_may_change_nothing_but_its_case()
    {
        Image image = New() with { Properties = Properties(("foo", "1")) };
        await Images.AddAsync(image, Cancel);

        Image saved = await Images.SaveAsync(image with { Properties = Properties(("Foo", "1")) }, ImageStatus.Queued, Cancel);

        saved.Properties.Should().BeEquivalentTo(Properties(("Foo", "1")));
    }

    [Fact]
    public async Task A_tag_that_comes_back_is_a_new_row()
    {
        Image image = New() with { Tags = ["a", "b"] };
        await Images.AddAsync(image, Cancel);
        await Images.SaveAsync(image with { Tags = ["b"] }, ImageStatus.Queued, Cancel);

        Image saved = await Images.SaveAsync(image with { Tags = ["b", "a"] }, ImageStatus.Queued, Cancel);

        saved.Tags.Should().Equal("b", "a");
        (await RowsAsync("SELECT value, deleted FROM image_tags ORDER BY id")).Should().Equal("a|1", "b|0", "a|0");
    }

    [Fact]
    public async Task Tags_that_differ_in_case_are_two()
    {
        Image image = New() with { Tags = ["Linux", "linux"] };
        await Images.AddAsync(image, Cancel);

        (await Images.RemoveTagAsync(image.Id, "linux", Later, Cancel)).Should().BeTrue();

        (await Images.FindAsync(image.Id, Owner, Cancel))!.Tags.Should().Equal("Linux");
    }

    [Fact]
    public async Task Locations_are_kept_changed_dropped_and_added_by_row()
    {
        Image image = New() with { Locations = [At("file:///1"), At("file:///2"), At("file:///3"), At("file:///4")] };
        await Images.AddAsync(image, Cancel);
        ImmutableArray<ImageLocation> stored = (await Images.FindAsync(image.Id, Owner, Cancel))!.Locations;
        ImageLocation changed = stored[1] with { Metadata = stored[1].Metadata.SetItem("store", "fast") };

        Image saved = await Images.SaveAsync(
            image with { Locations = [stored[0], changed, stored[2] with { Status = "pending_delete" }, At("file:///5")] }, ImageStatus.Queued, Cancel);

        saved.Locations.Select(l => (l.Url, l.Metadata["store"])).Should().Equal(("file:///1", "file"), ("file:///2", "fast"), ("file:///5", "file"));
        saved.Locations[0].RowId.Should().Be(stored[0].RowId);
        (await RowsAsync("SELECT value, status, deleted FROM image_locations ORDER BY id")).Should().Equal(
            "file:///1|active|0", "file:///2|active|0", "file:///3|pending_delete|1", "file:///4|deleted|1", "file:///5|active|0");
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("''")]
    [InlineData("'{}'")]
    [InlineData("'not json'")]
    [InlineData("'[1]'")]
    public async Task Location_metadata_of_old_rows_is_tolerated(string stored)
    {
        Image image = New() with { Locations = [At("file:///1")] };
        await Images.AddAsync(image, Cancel);
        await RunAsync($"UPDATE image_locations SET meta_data = {stored}");

        (await Images.FindAsync(image.Id, Owner, Cancel))!.Locations[0].Metadata.Should().BeEmpty();
    }

    [Fact]
    public async Task Only_the_expected_status_may_be_left()
    {
        Image image = New();
        await Images.AddAsync(image, Cancel);
        await Images.SaveAsync(image with { Status = ImageStatus.Saving }, ImageStatus.Queued, Cancel);

        ImageStatusConflictException lost = (await Images.Awaiting(i => i.SaveAsync(image with { Name = "x" }, ImageStatus.Queued, Cancel))
            .Should().ThrowAsync<ImageStatusConflictException>()).Which;

        lost.Found.Should().Be(ImageStatus.Saving);
        (await Images.FindAsync(image.Id, Owner, Cancel))!.Name.Should().Be("cirros");
    }

    [Fact]
    public async Task Saving_or_deleting_what_is_gone_says_so()
    {
        Image image = New();
        (await Images.Awaiting(i => i.SaveAsync(image, ImageStatus.Queued, Cancel)).Should().ThrowAsync<ImageStatusConflictException>()).Which.Found.Should().BeNull();
        await Images.AddAsync(image, Cancel);
        await Images.DeleteAsync(image.Id, ImageStatus.Queued, Later, Cancel);

        (await Images.Awaiting(i => i.SaveAsync(image, ImageStatus.Queued, Cancel)).Should().ThrowAsync<ImageStatusConflictException>()).Which.Found.Should().BeNull();
        (await Images.Awaiting(i => i.DeleteAsync(image.Id, ImageStatus.Queued, Later, Cancel)).Should().ThrowAsync<ImageStatusConflictException>())
            .Which.Found.Should().BeNull();
    }

    [Fact]
    public async Task Saving_the_same_again_is_no_conflict()
    {
        Image image = Full();
        await Images.AddAsync(image, Cancel);
        Image saved = await Images.SaveAsync((await Images.FindAsync(image.Id, Admin, Cancel))!, image.Status, Cancel);
        (await Images.SaveAsync(saved, image.Status, Cancel)).Should().BeEquivalentTo(saved);
    }

    [Fact]
    public async Task A_deleted_image_is_gone_for_everybody_and_its_rows_carry_one_time()
    {
        Image image = Full() with { Visibility = ImageVisibility.Shared };
        await Images.AddAsync(image, Cancel);
        await Images.AddMemberAsync(image.Id, Theirs, Noon, Cancel);

        await Images.DeleteAsync(image.Id, image.Status, Later, Cancel);

        (await Images.FindAsync(image.Id, Admin, Cancel)).Should().BeNull();
        (await Images.ListAsync(Query with { Visibility = "all" }, Admin, Cancel)).Should().BeEmpty();
        (await Images.ListMembersAsync(image.Id, Cancel)).Should().BeEmpty();
        string[] all = ["images", "image_properties", "image_tags", "image_locations", "image_members"];
        foreach (string table in all)
            (await RowsAsync($"SELECT COUNT(DISTINCT deleted_at), MIN(deleted) FROM {table}")).Should().Equal(["1|1"], because: table);
        (await RowsAsync("SELECT DISTINCT status FROM images UNION ALL SELECT DISTINCT status FROM image_locations")).Should().Equal("deleted", "deleted");
    }

    [Fact]
    public async Task A_sign_of_life_moves_the_time_only_while_the_status_holds()
    {
        Image image = New() with { Status = ImageStatus.Saving };
        await Images.AddAsync(image, Cancel);

        (await Images.TouchAsync(image.Id, ImageStatus.Saving, Later, Cancel)).Should().BeTrue();
        (await Images.TouchAsync(image.Id, ImageStatus.Saving, Later, Cancel)).Should().BeTrue("the same time is a sign of life too");
        (await Images.TouchAsync(image.Id, ImageStatus.Queued, Later.AddHours(1), Cancel)).Should().BeFalse();

        (await Images.FindAsync(image.Id, Owner, Cancel))!.UpdatedAt.Should().Be(Later);
    }

    private static PropertyDictionary Properties(params (string Name, string? Value)[] all) =>
        PropertyDictionary.Of(all.Select(p => KeyValuePair.Create(p.Name, p.Value)));

    private static Image Full() => New("full") with
    {
        Status = ImageStatus.Active,
        Visibility = ImageVisibility.Community,
        Protected = true,
        Hidden = true,
        MinDisk = 1,
        MinRam = int.MaxValue,
        SizeBytes = 5_000_000_000,
        VirtualSizeBytes = 1L << 60,
        Checksum = "d41d8cd98f00b204e9800998ecf8427e",
        HashAlgorithm = "sha512",
        HashValue = new string('a', 128),
        UpdatedAt = Later,
        Properties = PropertyDictionary.Of(Enumerable.Range(0, 40).Select(i => KeyValuePair.Create($"property_{i}", (string?)$"value {i}"))).SetItem("empty", "").SetItem("null", null),
        Tags = [.. Enumerable.Range(0, 20).Select(i => $"tag {20 - i}")],
        Locations = [At("file:///images/a"), At("file:///images/b", "second")],
    };

    /// <summary>What a query finds, columns joined by <c>|</c>.</summary>
    private async Task<List<string>> RowsAsync(string sql)
    {
        await using var connection = await database.Source.OpenConnectionAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        List<string> rows = [];
        while (await reader.ReadAsync(Cancel))
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader.GetValue(i)))));
        return rows;
    }

    private static string? Text(object value) =>
        value is bool truth ? (truth ? "1" : "0") : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);

    private async Task RunAsync(string sql)
    {
        await using var connection = await database.Source.OpenConnectionAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
