using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>This part: changes on top of each other, and tasks that hold an image.</summary>
public abstract partial class ImageRepositoryContract
{
    [Fact]
    public async Task Changes_made_at_the_same_time_are_all_kept()
    {
        Image image = New();
        await Images.AddAsync(image, Cancel);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Images.ChangeAsync(
            image.Id, current => Task.FromResult(current with { Properties = current.Properties.SetItem($"p{i}", "x"), Locations = current.Locations.Add(At($"file:///{i}")) }), Cancel)));

        Image found = (await Images.FindAsync(image.Id, Owner, Cancel))!;
        found.Properties.Keys.Should().BeEquivalentTo(Enumerable.Range(0, 8).Select(i => $"p{i}"));
        found.Locations.Should().HaveCount(8);
    }

    [Fact]
    public async Task What_a_change_throws_ends_it_and_a_deleted_image_is_missing()
    {
        Image image = New();
        await Images.AddAsync(image, Cancel);
        await Images.Awaiting(i => i.ChangeAsync(image.Id, _ => throw new FormatException("no"), Cancel)).Should().ThrowAsync<FormatException>();
        (await Images.FindAsync(image.Id, Owner, Cancel)).Should().BeEquivalentTo(image);
        await Images.DeleteAsync(image.Id, ImageStatus.Queued, Later, Cancel);
        await Images.Awaiting(i => i.ChangeAsync(image.Id, Task.FromResult, Cancel)).Should().ThrowAsync<ImageMissingException>();
        await Images.Awaiting(i => i.TakeForTaskAsync(image.Id, "t", null, Later, same => same, Cancel)).Should().ThrowAsync<ImageMissingException>();
        await Images.Awaiting(i => i.ChangeForTaskAsync(image.Id, "t", false, Later, same => same, Cancel)).Should().ThrowAsync<ImageTaskLostException>();
    }

    [Fact]
    public async Task Of_many_tasks_that_want_an_image_one_gets_it()
    {
        Image image = New();
        await Images.AddAsync(image, Cancel);
        string[] tasks = [.. Enumerable.Range(0, 8).Select(i => $"task-{i}")];

        bool[] got = await Task.WhenAll(tasks.Select(task => TryTakeAsync(image.Id, task, null)));

        got.Count(one => one).Should().Be(1);
        string winner = tasks[Array.IndexOf(got, true)];
        (await Images.FindAsync(image.Id, Owner, Cancel))!.Properties[ImportProperties.Lock].Should().Be(winner);
        (await TryTakeAsync(image.Id, "pusher", "another")).Should().BeFalse();
        (await TryTakeAsync(image.Id, "pusher", winner)).Should().BeTrue();
        await Images.Awaiting(i => i.ChangeForTaskAsync(image.Id, winner, false, Later, same => same, Cancel)).Should().ThrowAsync<ImageTaskLostException>();
        (await Images.ChangeForTaskAsync(image.Id, "pusher", true, Later, same => same with { Name = "done" }, Cancel)).Properties.Should().BeEmpty();
        (await TryTakeAsync(image.Id, "next", null)).Should().BeTrue("the row of the last one is used again");
    }

    [Fact]
    public async Task Saving_neither_frees_nor_takes_an_image_that_a_task_has()
    {
        Image before = New();
        await Images.AddAsync(before, Cancel);
        await TryTakeAsync(before.Id, "t", null);
        Image held = (await Images.FindAsync(before.Id, Owner, Cancel))!;

        (await Images.SaveAsync(before with { Name = "stale" }, ImageStatus.Queued, Cancel)).Properties[ImportProperties.Lock].Should().Be("t");
        await Images.ChangeForTaskAsync(before.Id, "t", true, Later, same => same, Cancel);
        (await Images.SaveAsync(held, ImageStatus.Queued, Cancel)).Properties.Should().BeEmpty();
    }

    private async Task<bool> TryTakeAsync(string id, string task, string? stale)
    {
        try
        {
            await Images.TakeForTaskAsync(id, task, stale, Later, current => current with { Name = task }, Cancel);
            return true;
        }
        catch (ImageHasTaskException)
        {
            return false;
        }
    }
}
