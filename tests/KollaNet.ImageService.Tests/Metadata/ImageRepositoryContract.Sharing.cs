using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>This part: members, tags, recovery, usage, and two doing the same at once.</summary>
public abstract partial class ImageRepositoryContract
{
    /// <summary>How many do the same thing at once in the tests of races.</summary>
    private const int Racers = 8;

    [Fact]
    public async Task A_member_starts_pending_and_is_listed_oldest_first()
    {
        Image image = await AddedAsync();
        ImageMember second = await Images.AddMemberAsync(image.Id, "second", Later, Cancel);
        ImageMember first = await Images.AddMemberAsync(image.Id, "first", Noon, Cancel);

        first.Should().Be(new ImageMember(image.Id, "first", "pending", Noon, Noon));
        (await Images.ListMembersAsync(image.Id, Cancel)).Should().Equal(first, second);
    }

    [Fact]
    public async Task A_member_cannot_be_added_twice()
    {
        Image image = await AddedAsync();
        await Images.AddMemberAsync(image.Id, Theirs, Noon, Cancel);

        await Images.Awaiting(i => i.AddMemberAsync(image.Id, Theirs, Later, Cancel)).Should().ThrowAsync<MemberExistsException>();
    }

    [Fact]
    public async Task A_removed_member_comes_back_pending_in_its_old_row()
    {
        Image image = await AddedAsync();
        await Images.AddMemberAsync(image.Id, Theirs, Noon, Cancel);
        await Images.SetMemberStatusAsync(image.Id, Theirs, "accepted", Noon, Cancel);
        (await Images.RemoveMemberAsync(image.Id, Theirs, Later, Cancel)).Should().BeTrue();
        (await Images.RemoveMemberAsync(image.Id, Theirs, Later, Cancel)).Should().BeFalse();
        (await Images.ListMembersAsync(image.Id, Cancel)).Should().BeEmpty();

        ImageMember back = await Images.AddMemberAsync(image.Id, Theirs, Later.AddHours(1), Cancel);

        back.Should().Be(new ImageMember(image.Id, Theirs, "pending", Noon, Later.AddHours(1)));
        (await RowsAsync("SELECT member, status, deleted, COUNT(deleted_at) FROM image_members GROUP BY member, status, deleted"))
            .Should().Equal($"{Theirs}|pending|0|0");
    }

    [Fact]
    public async Task A_member_answers_and_a_stranger_cannot()
    {
        Image image = await AddedAsync();
        await Images.AddMemberAsync(image.Id, Theirs, Noon, Cancel);

        (await Images.SetMemberStatusAsync(image.Id, Theirs, "rejected", Later, Cancel)).Should().Be(new ImageMember(image.Id, Theirs, "rejected", Noon, Later));
        (await Images.SetMemberStatusAsync(image.Id, Theirs, "rejected", Later, Cancel)).Should().NotBeNull("the same answer is an answer too");
        (await Images.SetMemberStatusAsync(image.Id, "other", "accepted", Later, Cancel)).Should().BeNull();
    }

    [Fact]
    public async Task What_is_gone_gets_no_members_and_no_tags()
    {
        Image image = await AddedAsync();
        await Images.DeleteAsync(image.Id, ImageStatus.Queued, Later, Cancel);
        string[] ids = [image.Id, Guid.NewGuid().ToString()];

        foreach (string id in ids)
        {
            await Images.Awaiting(i => i.AddMemberAsync(id, Theirs, Noon, Cancel)).Should().ThrowAsync<ImageMissingException>();
            await Images.Awaiting(i => i.AddTagAsync(id, "t", Noon, Cancel)).Should().ThrowAsync<ImageMissingException>();
            (await Images.RemoveTagAsync(id, "t", Noon, Cancel)).Should().BeFalse();
            (await Images.RemoveMemberAsync(id, Theirs, Noon, Cancel)).Should().BeFalse();
        }
    }

    [Fact]
    public async Task A_tag_is_added_once_and_moves_the_time_only_then()
    {
        Image image = await AddedAsync();
        await Images.AddTagAsync(image.Id, "x", Later, Cancel);
        await Images.AddTagAsync(image.Id, "x", Later.AddHours(1), Cancel);

        Image tagged = (await Images.FindAsync(image.Id, Owner, Cancel))!;
        tagged.Tags.Should().Equal("x");
        tagged.UpdatedAt.Should().Be(Later);

        (await Images.RemoveTagAsync(image.Id, "x", Later.AddHours(2), Cancel)).Should().BeTrue();
        (await Images.RemoveTagAsync(image.Id, "x", Later.AddHours(3), Cancel)).Should().BeFalse();
        Image bare = (await Images.FindAsync(image.Id, Owner, Cancel))!;
        bare.Tags.Should().BeEmpty();
        bare.UpdatedAt.Should().Be(Later.AddHours(2));
    }

    [Fact]
    public async Task Images_that_nobody_touched_for_long_are_found_for_recovery()
    {
        await Images.AddAsync(New("old") with { Status = ImageStatus.Saving, Locations = [At("file:///x")] }, Cancel);
        await Images.AddAsync(New("at work") with { Status = ImageStatus.Saving, UpdatedAt = Later }, Cancel);
        await Images.AddAsync(New("done") with { Status = ImageStatus.Active }, Cancel);
        await Images.AddAsync(New("importing") with { Status = ImageStatus.Importing }, Cancel);
        await RunAsync("UPDATE images SET updated_at = NULL WHERE name = 'importing'");

        IReadOnlyList<Image> stuck = await Images.ListStuckAsync([ImageStatus.Saving, ImageStatus.Importing, ImageStatus.Uploading], Later, Cancel);

        stuck.Select(i => i.Name).Should().BeEquivalentTo("old", "importing");
        stuck.Single(i => i.Name == "old").Locations.Should().ContainSingle();
        (await Images.ListStuckAsync([], Later, Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task Usage_counts_every_live_copy_of_an_owners_images()
    {
        const long Large = 3_000_000_000_000_000_000;
        await Images.AddAsync(New() with { SizeBytes = Large, Locations = [At("file:///1"), At("file:///2")] }, Cancel);
        await Images.AddAsync(New() with { SizeBytes = 5, Locations = [At("file:///3")] }, Cancel);
        await Images.AddAsync(New() with { SizeBytes = 100 }, Cancel);
        await Images.AddAsync(New() with { SizeBytes = 1000, Status = ImageStatus.PendingDelete, Locations = [At("file:///4")] }, Cancel);
        await Images.AddAsync(New() with { SizeBytes = 7, Owner = null, Locations = [At("file:///5")] }, Cancel);
        Image deleted = New() with { SizeBytes = 10_000, Locations = [At("file:///6")] };
        await Images.AddAsync(deleted, Cancel);
        await Images.DeleteAsync(deleted.Id, ImageStatus.Queued, Later, Cancel);

        (await Images.UsageBytesAsync(Ours, Cancel)).Should().Be((2 * Large) + 5);
        (await Images.UsageBytesAsync(null, Cancel)).Should().Be(7);
        (await Images.UsageBytesAsync(Theirs, Cancel)).Should().Be(0);
    }

    [Fact]
    public async Task Of_many_that_move_the_status_one_wins()
    {
        Image image = await AddedAsync();

        IEnumerable<Exception?> outcomes = await RaceAsync(i => Images.SaveAsync(image with { Status = ImageStatus.Saving, Name = $"racer {i}" }, ImageStatus.Queued, Cancel));

        outcomes.Count(o => o is null).Should().Be(1);
        outcomes.Where(o => o is not null).Should().AllBeOfType<ImageStatusConflictException>();
    }

    [Fact]
    public async Task Of_many_that_add_an_id_one_wins()
    {
        Image image = New();

        IEnumerable<Exception?> outcomes = await RaceAsync(i => Images.AddAsync(image with { Name = $"racer {i}", Tags = [$"{i}"] }, Cancel));

        outcomes.Count(o => o is null).Should().Be(1);
        outcomes.Where(o => o is not null).Should().AllBeOfType<ImageExistsException>();
        (await Images.FindAsync(image.Id, Owner, Cancel))!.Tags.Should().ContainSingle();
    }

    [Fact]
    public async Task Of_many_that_add_a_member_one_wins()
    {
        Image image = await AddedAsync();

        IEnumerable<Exception?> outcomes = await RaceAsync(_ => Images.AddMemberAsync(image.Id, Theirs, Noon, Cancel));

        outcomes.Count(o => o is null).Should().Be(1);
        outcomes.Where(o => o is not null).Should().AllBeOfType<MemberExistsException>();
        (await Images.ListMembersAsync(image.Id, Cancel)).Should().ContainSingle();
    }

    [Fact]
    public async Task Many_that_add_the_same_tag_leave_one_row()
    {
        Image image = await AddedAsync();

        (await RaceAsync(_ => Images.AddTagAsync(image.Id, "x", Noon, Cancel))).Should().OnlyContain(o => o == null);

        (await RowsAsync("SELECT value, deleted FROM image_tags")).Should().Equal("x|0");
    }

    [Fact]
    public async Task Many_that_save_different_properties_of_one_image_all_get_through()
    {
        Image image = await AddedAsync();

        IEnumerable<Exception?> outcomes = await RaceAsync(i => Images.SaveAsync(
            image with { Properties = Properties(("common", $"{i}"), ($"own {i}", "1")), Tags = [$"{i}"] }, ImageStatus.Queued, Cancel));

        outcomes.Should().OnlyContain(o => o == null);
        Image last = (await Images.FindAsync(image.Id, Owner, Cancel))!;
        last.Properties.Keys.Should().BeEquivalentTo("common", $"own {last.Properties["common"]}");
        last.Tags.Should().Equal(last.Properties["common"]);
    }

    private static async Task<Exception?[]> RaceAsync(Func<int, Task> run) =>
        await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => Task.Run(async () =>
        {
            try
            {
                await run(i);
                return null;
            }
            catch (Exception error)
            {
                return error;
            }
        })));

    private async Task<Image> AddedAsync()
    {
        Image image = New();
        await Images.AddAsync(image, Cancel);
        return image;
    }
}
