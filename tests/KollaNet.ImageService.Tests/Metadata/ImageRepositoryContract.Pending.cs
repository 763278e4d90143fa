using System.Collections.Immutable;
using KollaNet.ImageService.Images;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>Deleting later: rows that wait for the scrubber.</summary>
public abstract partial class ImageRepositoryContract
{
    [Fact]
    public async Task An_image_deleted_later_is_gone_for_everybody_and_leaves_the_rows_that_a_scrubber_of_Glance_looks_for()
    {
        Image image = await AddedActiveAsync();
        await Images.DeleteLaterAsync(image.Id, ImageStatus.Active, Later, Cancel);

        (await Images.FindAsync(image.Id, Admin, Cancel)).Should().BeNull();
        (await Images.ListAsync(Query, Admin, Cancel)).Should().BeEmpty();
        (await RowsAsync("SELECT status, deleted FROM images UNION ALL SELECT status, deleted FROM image_locations")).Should().Equal("pending_delete|1", "pending_delete|1", "pending_delete|1");
        foreach (string table in new[] { "image_properties", "image_tags", "image_members" }) (await RowsAsync($"SELECT DISTINCT deleted FROM {table}")).Should().Equal(["1"], table);
        Func<Task> again = () => Images.DeleteLaterAsync(image.Id, ImageStatus.Active, Later, Cancel);
        await again.Should().ThrowAsync<ImageService.Metadata.ImageStatusConflictException>();
    }

    [Fact]
    public async Task A_pending_image_ends_when_its_data_is_gone_and_not_before()
    {
        Image image = await AddedActiveAsync();
        await Images.DeleteLaterAsync(image.Id, ImageStatus.Active, Later, Cancel);
        (await database.PendingDeletions.ListAsync(Later.AddSeconds(-1), Cancel)).Should().BeEmpty();
        (await database.PendingDeletions.ListAsync(Later, Cancel)).Should().Equal(image.Id);

        Func<Task> broken = () => database.PendingDeletions.ScrubAsync(image.Id, Later, _ => throw new IOException("the store is away"), Cancel);
        await broken.Should().ThrowAsync<IOException>();
        (await database.PendingDeletions.ListAsync(Later, Cancel)).Should().Equal(image.Id);

        ImmutableArray<ImageLocation> given = [];
        Task Take(ImmutableArray<ImageLocation> locations)
        {
            given = locations;
            return Task.CompletedTask;
        }

        (await database.PendingDeletions.ScrubAsync(image.Id, Later.AddHours(1), Take, Cancel)).Should().BeTrue();
        given.Select(location => (location.Url, location.Metadata["store"])).Should().Equal(("file:///images/a", "file"), ("file:///images/b", "second"));
        (await RowsAsync("SELECT status, deleted FROM images UNION ALL SELECT status, deleted FROM image_locations")).Should().Equal("deleted|1", "deleted|1", "deleted|1");
        (await database.PendingDeletions.ScrubAsync(image.Id, Later, _ => throw new InvalidOperationException(), Cancel)).Should().BeFalse("it has ended");
        (await database.PendingDeletions.RestoreAsync(image.Id, Later, Cancel)).Should().BeFalse("its data is gone");
    }

    [Fact]
    public async Task A_restored_image_is_what_it_was_when_it_was_deleted()
    {
        Image image = await AddedActiveAsync();
        await Images.RemoveTagAsync(image.Id, image.Tags[0], Noon.AddMinutes(1), Cancel);
        await Images.RemoveMemberAsync(image.Id, "left", Noon.AddMinutes(1), Cancel);
        Image before = (await Images.FindAsync(image.Id, Admin, Cancel))!;
        await Images.DeleteLaterAsync(image.Id, ImageStatus.Active, Later, Cancel);

        (await database.PendingDeletions.RestoreAsync(image.Id, Later.AddHours(1), Cancel)).Should().BeTrue();

        (await Images.FindAsync(image.Id, Admin, Cancel)).Should().BeEquivalentTo(before with { UpdatedAt = Later.AddHours(1) });
        (await Images.ListMembersAsync(image.Id, Cancel)).Select(member => (member.MemberId, member.Status)).Should().Equal(("stays", "accepted"));
        (await database.PendingDeletions.ListAsync(Later, Cancel)).Should().BeEmpty();
        (await database.PendingDeletions.RestoreAsync(image.Id, Later, Cancel)).Should().BeFalse("it is active");
        (await database.PendingDeletions.RestoreAsync("unknown", Later, Cancel)).Should().BeFalse();
    }

    /// <summary>An active image with something of everything, two locations among it.</summary>
    private async Task<Image> AddedActiveAsync()
    {
        Image image = Full() with { Status = ImageStatus.Active, Visibility = ImageVisibility.Shared };
        await Images.AddAsync(image, Cancel);
        await Images.AddMemberAsync(image.Id, "stays", Noon, Cancel);
        await Images.AddMemberAsync(image.Id, "left", Noon, Cancel);
        await Images.SetMemberStatusAsync(image.Id, "stays", "accepted", Noon, Cancel);
        return image;
    }
}
