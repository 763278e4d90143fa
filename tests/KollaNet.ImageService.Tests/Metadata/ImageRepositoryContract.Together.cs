using KollaNet.ImageService.Images;
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
}
