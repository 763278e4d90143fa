using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.TestHost;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>What every task repository promises.</summary>
public abstract class TaskRepositoryContract : IAsyncLifetime
{
    private ImageDatabase database = null!;

    private ITaskRepository Tasks => database.Tasks;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TaskQuery Query => new() { Limit = 100, Sort = NewestFirst };

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
    public async Task An_added_task_is_found_as_it_was()
    {
        ImageTask task = New() with { ImageId = "i", RequestId = "req-1", UserId = "u", Input = """{"a": "é"}""", Result = "{}", Message = "m", ExpiresAt = Later };
        await Tasks.AddAsync(task, Cancel);

        (await Tasks.FindAsync(task.Id, Admin, Cancel)).Should().Be(task);
        (await Tasks.FindAsync(task.Id, Owner, Cancel)).Should().Be(task);
        (await Tasks.FindAsync(task.Id, Stranger, Cancel)).Should().BeNull();
        (await Tasks.FindAsync("nothing", Admin, Cancel)).Should().BeNull();
    }

    [Fact]
    public async Task A_list_is_filtered_paged_and_without_what_is_long()
    {
        ImageTask[] all = [.. Enumerable.Range(0, 5).Select(i => New() with { CreatedAt = Noon.AddMinutes(i / 2), Input = "{}", Message = "m" })];
        foreach (ImageTask task in all) await Tasks.AddAsync(task, Cancel);
        await Tasks.AddAsync(New() with { Owner = Theirs, Type = "import", Status = ImageTaskStatus.Success }, Cancel);

        var seen = new List<ImageTask>();
        for (string? marker = null; ; marker = seen[^1].Id)
        {
            IReadOnlyList<ImageTask> page = await Tasks.ListAsync(Query with { Limit = 2, Marker = marker }, Owner, Cancel);
            if (page.Count == 0) break;
            seen.AddRange(page);
        }

        seen.Select(task => task.Id).Should().Equal(all.OrderByDescending(task => task.CreatedAt).ThenByDescending(task => task.Id, StringComparer.Ordinal).Select(task => task.Id));
        seen.Should().OnlyContain(task => task.Input == null && task.Message.Length == 0);
        (await Tasks.ListAsync(Query, Admin, Cancel)).Should().HaveCount(6);
        (await Tasks.ListAsync(Query with { Type = "import" }, Admin, Cancel)).Should().ContainSingle().Which.Owner.Should().Be(Theirs);
        (await Tasks.ListAsync(Query with { Status = ImageTaskStatus.Processing }, Admin, Cancel)).Should().BeEmpty();
        await Tasks.Awaiting(t => t.ListAsync(Query with { Marker = "nothing" }, Owner, Cancel)).Should().ThrowAsync<TaskMarkerNotFoundException>();
    }

    [Fact]
    public async Task An_images_tasks_are_those_of_the_callers_project_oldest_first()
    {
        ImageTask second = New() with { ImageId = "i", CreatedAt = Later }, first = New() with { ImageId = "i", Message = "first" };
        foreach (ImageTask task in new[] { second, first, New() with { ImageId = "other" }, New() with { ImageId = "i", Owner = Theirs } }) await Tasks.AddAsync(task, Cancel);

        (await Tasks.ListForImageAsync("i", Owner, Cancel)).Should().Equal(first, second);
        (await Tasks.ListForImageAsync("i", Admin, Cancel)).Should().HaveCount(3);
    }

    [Fact]
    public async Task What_has_ended_stays_as_it_is()
    {
        ImageTask task = New();
        await Tasks.AddAsync(task, Cancel);
        (await Tasks.TouchAsync(task.Id, "half", Later, Cancel)).Should().BeTrue();
        (await Tasks.TouchAsync(task.Id, null, Later, Cancel)).Should().BeTrue("the same again is a sign of life too");
        (await Tasks.FindAsync(task.Id, Owner, Cancel)).Should().Be(task with { Message = "half", UpdatedAt = Later });

        ImageTask failed = task with { Status = ImageTaskStatus.Failure, Message = "why", ExpiresAt = Later.AddDays(2), UpdatedAt = Later, ImageId = "i", Result = "{}" };
        (await Tasks.SaveAsync(failed, Cancel)).Should().BeTrue();
        (await Tasks.SaveAsync(failed with { Status = ImageTaskStatus.Success }, Cancel)).Should().BeFalse();
        (await Tasks.TouchAsync(task.Id, "more", Later, Cancel)).Should().BeFalse();
        (await Tasks.FindAsync(task.Id, Owner, Cancel)).Should().Be(failed);
    }

    [Fact]
    public async Task Silent_tasks_are_those_that_have_not_ended_and_gave_no_sign()
    {
        ImageTask silent = New() with { Status = ImageTaskStatus.Processing }, ended = New() with { Status = ImageTaskStatus.Success }, alive = New() with { UpdatedAt = Later };
        foreach (ImageTask task in new[] { silent, ended, alive }) await Tasks.AddAsync(task, Cancel);

        (await Tasks.ListSilentAsync(Later, Cancel)).Should().Equal(silent);
    }

    [Fact]
    public async Task Expired_tasks_of_one_owner_go()
    {
        ImageTask expired = New() with { ExpiresAt = Noon }, fresh = New() with { ExpiresAt = Later }, theirs = New() with { Owner = Theirs, ExpiresAt = Noon };
        foreach (ImageTask task in new[] { expired, fresh, theirs }) await Tasks.AddAsync(task, Cancel);

        await Tasks.ExpireAsync(Ours, Noon, Cancel);

        (await Tasks.ListAsync(Query, Admin, Cancel)).Select(task => task.Id).Should().BeEquivalentTo(fresh.Id, theirs.Id);
        (await Tasks.FindAsync(expired.Id, Admin, Cancel)).Should().BeNull();
    }

    private static ImageTask New() => new()
    {
        Id = Guid.NewGuid().ToString(),
        Type = "api_image_import",
        Status = ImageTaskStatus.Pending,
        Owner = Ours,
        CreatedAt = Noon,
        UpdatedAt = Noon,
    };
}

public sealed class MariaDbTasksMeetTheContract : TaskRepositoryContract
{
    protected override async Task<ImageDatabase> EmptyDatabaseAsync()
    {
        MariaDbServer server = await MariaDbServer.StartedAsync(TestContext.Current.CancellationToken);
        return ImageDatabase.Open(await server.NewDatabaseAsync("tasks", TestContext.Current.CancellationToken));
    }
}

public sealed class SqliteTasksMeetTheContract : TaskRepositoryContract
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-tasks-");

    protected override Task<ImageDatabase> EmptyDatabaseAsync() => Task.FromResult(ImageDatabase.Open($"sqlite:///{folder.FullName}/glance.sqlite"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
