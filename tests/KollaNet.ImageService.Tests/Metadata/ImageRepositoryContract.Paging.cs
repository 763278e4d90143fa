using System.Collections.Immutable;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>This part: random images walked page by page in random orders, against LINQ.</summary>
public abstract partial class ImageRepositoryContract
{
    private static readonly string[] SortColumns = ["name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"];
    private static readonly string[] TieBreak = ["created_at", "id"];
    private static readonly string[] RandomTags = ["x", "y"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Pages_together_are_the_whole_list_in_order(int seed)
    {
        Random random = new(seed);
        Image[] all = [.. Enumerable.Range(0, 90).Select(_ => RandomImage(random))];
        foreach (Image image in all) await Images.AddAsync(image, Cancel);
        await RunAsync("UPDATE images SET updated_at = NULL WHERE min_ram = 3");   // as rows of old databases have it

        for (int round = 0; round < 60; round++)
        {
            ImageQuery query = RandomQuery(random);
            string[] expected = [.. Sorted(all.Where(i => Matches(i, query)), query.Sort).Select(i => i.Id)];

            (await WalkAsync(query)).Should().Equal(expected, because: Describe(query));
        }
    }

    [Fact]
    public async Task Every_column_pages_in_both_directions()
    {
        Random random = new(5);
        Image[] all = [.. Enumerable.Range(0, 30).Select(_ => RandomImage(random))];
        foreach (Image image in all) await Images.AddAsync(image, Cancel);
        await RunAsync("UPDATE images SET updated_at = NULL WHERE min_ram = 3");
        bool[] directions = [true, false];

        foreach ((string column, bool first, bool rest) in SortColumns.SelectMany(c => directions.SelectMany(a => directions.Select(b => (c, a, b)))))
        {
            ImageQuery query = Query with { Limit = 4, Sort = [new(column, first), new("created_at", rest), new("id", rest)] };
            string[] expected = [.. Sorted(all, query.Sort).Select(i => i.Id)];

            (await WalkAsync(query)).Should().Equal(expected, because: Describe(query));
        }
    }

    private async Task<List<string>> WalkAsync(ImageQuery query)
    {
        List<string> walked = [];
        ImageQuery next = query;
        while (true)
        {
            IReadOnlyList<Image> page = await Images.ListAsync(next, Owner, Cancel);
            page.Count.Should().BeLessThanOrEqualTo(query.Limit);
            walked.AddRange(page.Select(i => i.Id));
            if (page.Count < query.Limit) return walked;
            next = query with { Marker = page[^1].Id };
        }
    }

    private static Image RandomImage(Random random) => New(Pick(random, null, "a", "A", "b", "c")) with
    {
        Id = new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256))]).ToString(),
        Status = random.Next(2) == 0 ? ImageStatus.Active : ImageStatus.Queued,
        DiskFormat = Pick(random, null, "raw", "qcow2"),
        ContainerFormat = Pick(random, null, "bare", "ovf"),
        SizeBytes = random.Next(3) == 0 ? null : random.Next(4) * 3_000_000_000L,
        MinRam = random.Next(4),
        CreatedAt = Noon.AddSeconds(random.Next(4)),
        UpdatedAt = Noon.AddSeconds(random.Next(10, 14)),
        Protected = random.Next(2) == 0,
        Tags = [.. RandomTags.Where(_ => random.Next(2) == 0)],
    };

    private static ImageQuery RandomQuery(Random random)
    {
        SortKey[] keys = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new SortKey(SortColumns[random.Next(SortColumns.Length)], random.Next(2) == 0))];
        bool rest = random.Next(2) == 0;
        return Query with
        {
            Limit = random.Next(1, 40),
            Sort = [.. keys.DistinctBy(k => k.Column), .. TieBreak.Except(keys.Select(k => k.Column)).Select(c => new SortKey(c, rest))],
            Protected = random.Next(3) switch { 0 => true, 1 => false, _ => null },
            Tags = random.Next(3) == 0 ? ["x"] : [],
            SizeMin = random.Next(4) == 0 ? 3_000_000_000 : null,
            AnyOf = random.Next(3) == 0 ? Sets(("name", ["a", "B"])) : Sets(),
            Times = random.Next(4) == 0 ? [new("updated_at", "gte", Noon.AddSeconds(11))] : [],
        };
    }

    private static bool Matches(Image image, ImageQuery query) =>
        (query.Protected is null || query.Protected == image.Protected)
        && query.Tags.All(image.Tags.Contains)
        && (query.SizeMin is null || image.SizeBytes >= query.SizeMin)
        && (query.AnyOf.IsEmpty || query.AnyOf["name"].Contains(image.Name ?? "", StringComparer.OrdinalIgnoreCase))
        && query.Times.All(t => UpdatedAt(image) >= t.At);

    private static IEnumerable<Image> Sorted(IEnumerable<Image> images, ImmutableArray<SortKey> sort)
    {
        IOrderedEnumerable<Image> sorted = images.OrderBy(_ => 0);
        foreach (SortKey key in sort)
        {
            sorted = key.Column switch
            {
                "name" => By(sorted, i => i.Name, key),
                "status" => By(sorted, i => i.Status.Name(), key),
                "container_format" => By(sorted, i => i.ContainerFormat, key),
                "disk_format" => By(sorted, i => i.DiskFormat, key),
                "id" => By(sorted, i => i.Id, key),
                "size" => By(sorted, i => i.SizeBytes, key, Comparer<long?>.Default),
                "created_at" => By(sorted, i => i.CreatedAt, key, Comparer<DateTime>.Default),
                _ => By(sorted, UpdatedAt, key, Comparer<DateTime?>.Default),
            };
        }

        return sorted;
    }

    private static DateTime? UpdatedAt(Image image) => image.MinRam == 3 ? null : image.UpdatedAt;

    private static IOrderedEnumerable<Image> By(IOrderedEnumerable<Image> images, Func<Image, string?> value, SortKey key) =>
        By(images, value, key, Comparer<string?>.Create(StringComparer.OrdinalIgnoreCase.Compare));

    private static IOrderedEnumerable<Image> By<T>(IOrderedEnumerable<Image> images, Func<Image, T> value, SortKey key, IComparer<T> comparer) =>
        key.Descending ? images.ThenByDescending(value, comparer) : images.ThenBy(value, comparer);

    private static string? Pick(Random random, params string?[] values) => values[random.Next(values.Length)];

    private static string Describe(ImageQuery query) => $"{query} {string.Join(' ', query.Sort)}";
}
