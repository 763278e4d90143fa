using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>This part: many who look for images at the same time, which one statement may answer.</summary>
public abstract partial class ImageRepositoryContract
{
    /// <summary>Several times what one statement answers.</summary>
    private const int Crowd = 200;

    [Fact]
    public async Task Everybody_who_asks_at_the_same_time_gets_the_image_they_asked_for()
    {
        Image[] images = [.. Enumerable.Range(0, 10).Select(i => New($"image-{i}") with { Tags = [$"tag-{i}"] })];
        Image strangers = New("theirs") with { Owner = Theirs, Visibility = ImageVisibility.Private };
        foreach (Image image in images.Append(strangers)) await Images.AddAsync(image, Cancel);

        Image?[] found = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(i => Images.FindAsync(images[i % 10].Id.ToUpperInvariant(), Owner, Cancel)));
        Image?[] missing = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(i => Images.FindAsync(i % 2 == 0 ? strangers.Id : Guid.NewGuid().ToString(), Owner, Cancel)));

        found.Select(image => (image!.Id, image.Tags[0])).Should().Equal(Enumerable.Range(0, Crowd).Select(i => (images[i % 10].Id, $"tag-{i % 10}")));
        missing.Should().OnlyContain(image => image == null);
    }

    [Fact]
    public async Task A_change_is_seen_by_whoever_asks_after_it_however_many_ask_at_the_same_time()
    {
        Image image = await AddedAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task[] crowd = [.. Enumerable.Range(0, Racers).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested) await Images.FindAsync(image.Id, Owner, CancellationToken.None);
        }, Cancel))];

        List<string?> seen = [];
        for (int i = 0; i < 30; i++)
        {
            await Images.ChangeAsync(image.Id, current => Task.FromResult(current with { Name = $"name-{i}" }), Cancel);
            seen.Add((await Images.FindAsync(image.Id, Owner, Cancel))!.Name);
        }

        await done.CancelAsync();
        await Task.WhenAll(crowd);
        seen.Should().Equal(Enumerable.Range(0, 30).Select(i => $"name-{i}"));
    }

    [Fact]
    public async Task Who_leaves_while_waiting_takes_nobody_along()
    {
        Image image = await AddedAsync();
        using var leaving = new CancellationTokenSource();
        Task<Image?>[] asked = [.. Enumerable.Range(0, Crowd).Select(i => Images.FindAsync(image.Id, Owner, i % 2 == 0 ? leaving.Token : Cancel))];

        await leaving.CancelAsync();

        (await Task.WhenAll(asked.Where((_, i) => i % 2 == 1))).Should().OnlyContain(found => found!.Id == image.Id);
        (await Images.FindAsync(image.Id, Owner, Cancel))!.Id.Should().Be(image.Id);
    }

    [Fact]
    public async Task A_list_holds_what_was_added_and_lacks_what_was_deleted_before_it_was_asked_for_however_many_ask_for_the_same()
    {
        await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => Task.Run(async () =>
        {
            for (int turn = 0; turn < 10; turn++)
            {
                Image own = New($"of-{i}");
                await Images.AddAsync(own, Cancel);
                (await Images.ListAsync(Query, Owner, Cancel)).Should().Contain(image => image.Id == own.Id);
                await Images.DeleteAsync(own.Id, own.Status, Noon, Cancel);
                (await Images.ListAsync(Query, Owner, Cancel)).Should().NotContain(image => image.Id == own.Id);
            }
        }, Cancel)));
    }

    [Fact]
    public async Task Who_asks_for_another_list_or_is_somebody_else_gets_their_own()
    {
        Image secret = New("secret") with { Visibility = ImageVisibility.Private }, open = New("open") with { Visibility = ImageVisibility.Public };
        foreach (Image image in new[] { secret, open }) await Images.AddAsync(image, Cancel);
        (Caller Who, ImageQuery What, string Expected)[] askers =
        [
            (Owner, Query, "open secret"), (Stranger, Query, "open"), (Admin, Query, "open secret"),
            (Owner, Query with { AnyOf = Sets(("name", ["secret"])) }, "secret"), (Owner, Query with { AnyOf = Sets(("name", ["open"])) }, "open"),
        ];

        string[] seen = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(async i =>
            string.Join(' ', (await Images.ListAsync(askers[i % askers.Length].What, askers[i % askers.Length].Who, Cancel)).Select(image => image.Name).Order(StringComparer.Ordinal))));

        seen.Should().Equal(Enumerable.Range(0, Crowd).Select(i => askers[i % askers.Length].Expected));
    }

    [Fact]
    public async Task Who_leaves_while_a_list_is_read_takes_nobody_along_and_what_fails_fails_for_all_and_is_over_then()
    {
        Image image = await AddedAsync();
        using var leaving = new CancellationTokenSource();
        Task<IReadOnlyList<Image>>[] asked = [.. Enumerable.Range(0, Crowd).Select(i => Images.ListAsync(Query, Owner, i % 2 == 0 ? leaving.Token : Cancel))];
        await leaving.CancelAsync();
        (await Task.WhenAll(asked.Where((_, i) => i % 2 == 1))).Should().OnlyContain(list => list.Single().Id == image.Id);

        ImageQuery wrong = Query with { Marker = "nope" };
        foreach (Task<IReadOnlyList<Image>> one in Enumerable.Range(0, Crowd).Select(_ => Images.ListAsync(wrong, Owner, Cancel)).ToArray())
            await FluentActions.Awaiting(() => one).Should().ThrowAsync<MarkerNotFoundException>();
        await Images.Awaiting(images => images.ListAsync(wrong, Owner, Cancel)).Should().ThrowAsync<MarkerNotFoundException>();
    }
}
