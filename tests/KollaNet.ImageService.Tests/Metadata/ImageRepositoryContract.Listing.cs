using System.Collections.Immutable;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>This part: who sees what, lists, filters, pages.</summary>
public abstract partial class ImageRepositoryContract
{
    [Fact]
    public async Task Who_may_show_an_image_follows_the_table()
    {
        await AddEveryKindAsync();

        (await ShownToAsync(Owner)).Should().Equal("community", "nobody's", "private", "public", "shared with no one", "shared, accepted", "shared, pending");
        (await ShownToAsync(Stranger)).Should().Equal("community", "nobody's", "public", "shared, accepted", "shared, pending");
        (await ShownToAsync(Projectless)).Should().Equal("community", "nobody's", "public");
        (await ShownToAsync(Nobody)).Should().Equal("nobody's", "public");
        (await ShownToAsync(Admin)).Should().Equal("community", "nobody's", "private", "public", "shared with no one", "shared, accepted", "shared, pending");
    }

    [Fact]
    public async Task Who_gets_an_image_listed_follows_the_table()
    {
        await AddEveryKindAsync();

        (await NamesAsync(Query, Owner)).Should().Equal("community", "nobody's", "private", "public", "shared with no one", "shared, accepted", "shared, pending");
        (await NamesAsync(Query, Stranger)).Should().Equal("nobody's", "public", "shared, accepted");
        (await NamesAsync(Query, Projectless)).Should().Equal("nobody's", "public");
        (await NamesAsync(Query, Nobody)).Should().Equal("nobody's", "public");
        (await NamesAsync(Query, Admin)).Should().Equal("nobody's", "private", "public", "shared with no one", "shared, accepted", "shared, pending");
    }

    [Fact]
    public async Task Who_does_not_say_who_asks_sees_public_images_and_no_others()
    {
        List<Image> all = await AddEveryKindAsync();
        await Images.AddAsync(New("nobody's, private") with { Owner = null, Visibility = ImageVisibility.Private }, Cancel);
        await Images.AddAsync(New("nobody's, shared") with { Owner = null, Visibility = ImageVisibility.Shared }, Cancel);

        (await ShownToAsync(Nobody)).Should().Equal("nobody's", "public");
        (await ShownToAsync(Projectless)).Should().Equal("community", "nobody's", "nobody's, private", "nobody's, shared", "public");
        foreach (string? visibility in new[] { null, "all", "public" }) (await NamesAsync(Query with { Visibility = visibility, MemberStatus = "all" }, Nobody)).Should().Equal("nobody's", "public");
        foreach (string visibility in new[] { "community", "private", "shared" }) (await NamesAsync(Query with { Visibility = visibility, MemberStatus = "all" }, Nobody)).Should().BeEmpty(visibility);
        (await NamesAsync(Query with { Visibility = "private" }, Projectless)).Should().Equal("nobody's, private");
        Image community = all.Single(image => image.Name == "community");
        await Images.Awaiting(i => i.ListAsync(Query with { Marker = community.Id }, Nobody, Cancel)).Should().ThrowAsync<MarkerForbiddenException>();
    }

    [Theory]
    [InlineData("all", "accepted", "community,nobody's,public,shared, accepted")]
    [InlineData("all", "all", "community,nobody's,public,shared, accepted,shared, pending")]
    [InlineData("public", "accepted", "nobody's,public")]
    [InlineData("community", "accepted", "community")]
    [InlineData("private", "accepted", "")]
    [InlineData("shared", "accepted", "shared, accepted")]
    [InlineData("shared", "pending", "shared, pending")]
    [InlineData("shared", "rejected", "")]
    [InlineData("shared", "all", "shared, accepted,shared, pending")]
    public async Task A_list_by_visibility_shows_a_stranger(string visibility, string memberStatus, string names)
    {
        await AddEveryKindAsync();

        string.Join(',', await NamesAsync(Query with { Visibility = visibility, MemberStatus = memberStatus }, Stranger)).Should().Be(names);
    }

    [Fact]
    public async Task Project_ids_are_compared_to_the_letter()
    {
        Image image = New() with { Owner = "abc", Visibility = ImageVisibility.Shared };
        await Images.AddAsync(image, Cancel);
        await Images.AddMemberAsync(image.Id, "def", Noon, Cancel);
        await Images.SetMemberStatusAsync(image.Id, "def", "accepted", Noon, Cancel);
        string[] wrong = ["ABC", "abc ", "DEF", "def ", "äbc"];

        foreach (Caller caller in wrong.Select(p => new Caller { ProjectId = p }))
        {
            (await Images.FindAsync(image.Id, caller, Cancel)).Should().BeNull(because: caller.ProjectId);
            (await Images.ListAsync(Query, caller, Cancel)).Should().BeEmpty(because: caller.ProjectId);
        }

        (await Images.ListAsync(Query, new Caller { ProjectId = "def" }, Cancel)).Should().ContainSingle();
        (await Images.AddMemberAsync(image.Id, "DEF", Noon, Cancel)).MemberId.Should().Be("DEF");
    }

    [Fact]
    public async Task Images_that_are_killed_or_on_their_way_out_are_not_listed()
    {
        foreach (ImageStatus status in Enum.GetValues<ImageStatus>().Where(s => s != ImageStatus.Deleted))
            await Images.AddAsync(New(status.Name()) with { Status = status }, Cancel);

        (await NamesAsync(Query, Owner)).Should().Equal("active", "deactivated", "importing", "queued", "saving", "uploading");
        Image leaving = (await Images.ListStuckAsync([ImageStatus.PendingDelete], Later, Cancel)).Single();
        (await Images.FindAsync(leaving.Id, Admin, Cancel)).Should().BeNull();
    }

    [Fact]
    public async Task Hidden_images_are_listed_alone_and_only_when_asked_for()
    {
        await Images.AddAsync(New("shown"), Cancel);
        await Images.AddAsync(New("hidden") with { Hidden = true }, Cancel);

        (await NamesAsync(Query, Owner)).Should().Equal("shown");
        (await NamesAsync(Query with { Hidden = true }, Owner)).Should().Equal("hidden");
    }

    [Fact]
    public async Task Listed_images_bring_everything_that_belongs_to_them()
    {
        Image full = Full() with { Hidden = false, Visibility = ImageVisibility.Public };
        Image bare = New("bare");
        await Images.AddAsync(full, Cancel);
        await Images.AddAsync(bare, Cancel);

        IReadOnlyList<Image> listed = await Images.ListAsync(Query with { Sort = [new("name", true), new("id", true)] }, Owner, Cancel);

        listed.Should().BeEquivalentTo([await Images.FindAsync(full.Id, Owner, Cancel), bare], o => o.WithStrictOrdering());
    }

    [Fact]
    public async Task More_images_than_one_batch_bring_theirs_too()
    {
        for (int i = 0; i < 600; i++) await Images.AddAsync(New($"{i}") with { Tags = [$"tag {i}"] }, Cancel);

        IReadOnlyList<Image> listed = await Images.ListAsync(Query, Owner, Cancel);

        listed.Should().HaveCount(600).And.OnlyContain(i => i.Tags.Length == 1 && i.Tags[0] == "tag " + i.Name);
    }

    [Fact]
    public async Task A_limit_of_zero_gives_nothing() => (await Images.ListAsync(Query with { Limit = 0 }, Admin, Cancel)).Should().BeEmpty();

    [Fact]
    public async Task Every_filter_narrows_the_list()
    {
        await Images.AddAsync(New("Alpha") with { Tags = ["Blue", "green"], Protected = true, SizeBytes = 10, MinRam = 512, Checksum = "c1" }, Cancel);
        await Images.AddAsync(New("beta") with { Properties = Properties(("os_distro", "Debian"), ("hw", "x")), DiskFormat = "raw", SizeBytes = 20 }, Cancel);
        await Images.AddAsync(New("gamma") with { CreatedAt = Later, UpdatedAt = Later, Properties = Properties(("os_distro", "in:debian,x")) }, Cancel);
        async Task Gives(string names, ImageQuery query) => string.Join(',', await NamesAsync(query, Owner)).Should().Be(names, because: query.ToString());

        await Gives("Alpha", Query with { Tags = ["blue"] });
        await Gives("Alpha", Query with { Tags = ["green", "BLUE"] });
        await Gives("", Query with { Tags = ["green", "red"] });
        await Gives("beta", Query with { Properties = Map(("os_distro", "debian")) });
        await Gives("beta", Query with { Properties = Map(("OS_DISTRO", "debian"), ("hw", "X")) });
        await Gives("", Query with { Properties = Map(("os_distro", "debian"), ("hw", "y")) });
        await Gives("beta", Query with { Properties = Map(("os_distro", "debian"), ("hw", "X")), ExactPropertyNames = true });
        foreach (string other in new[] { "OS_DISTRO", "os_distro ", "ös_distro" }) await Gives("", Query with { Properties = Map((other, "debian")), ExactPropertyNames = true });
        await Gives("gamma", Query with { Properties = Map(("os_distro", "in:debian,x")) });
        await Gives("Alpha", Query with { Protected = true });
        await Gives("beta,gamma", Query with { Protected = false });
        await Gives("Alpha,gamma", Query with { AnyOf = Sets(("name", ["ALPHA", "gamma", "delta"])) });
        await Gives("beta", Query with { AnyOf = Sets(("name", ["alpha", "beta"]), ("disk_format", ["raw"])) });
        await Gives("", Query with { AnyOf = Sets(("name", [])) });
        await Gives("Alpha,beta", Query with { SizeMin = 10 });
        await Gives("Alpha", Query with { SizeMin = 10, SizeMax = 19 });
        await Gives("Alpha", Query with { Equal = Map(("size", "10"), ("min_ram", "512"), ("min_disk", "0"), ("checksum", "c1"), ("owner", Ours)) });
        await Gives("", Query with { Equal = Map(("size", "ten")) });
        await Gives("gamma", Query with { Times = [new("created_at", "gt", Noon)] });
        await Gives("Alpha,beta,gamma", Query with { Times = [new("created_at", "gte", Noon)] });
        await Gives("gamma", Query with { Times = [new("created_at", "gt", Noon.AddMilliseconds(500))] });
        await Gives("Alpha,beta", Query with { Times = [new("updated_at", "lt", Later)] });
        await Gives("Alpha,beta,gamma", Query with { Times = [new("updated_at", "lte", Later)] });
        await Gives("gamma", Query with { Times = [new("updated_at", "eq", Later)] });
        await Gives("Alpha,beta", Query with { Times = [new("updated_at", "neq", Later)] });
    }

    [Fact]
    public async Task Filters_see_what_was_taken_away_no_more()
    {
        Image image = New() with { Tags = ["t"], Properties = Properties(("p", "1")) };
        await Images.AddAsync(image, Cancel);
        await Images.SaveAsync(image with { Tags = [], Properties = Properties() }, ImageStatus.Queued, Cancel);

        (await Images.ListAsync(Query with { Tags = ["t"] }, Owner, Cancel)).Should().BeEmpty();
        (await Images.ListAsync(Query with { Properties = Map(("p", "1")) }, Owner, Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task What_a_client_writes_is_never_sql()
    {
        const string Evil = "'; DROP TABLE images; -- \\ % @p0 ? ` \"";
        Image image = New(Evil) with { Tags = [Evil], Properties = Properties((Evil, Evil)) };
        await Images.AddAsync(image, Cancel);

        ImageQuery query = Query with { Tags = [Evil], Properties = Map((Evil, Evil)), AnyOf = Sets(("name", [Evil])) };
        (await Images.ListAsync(query, Owner, Cancel)).Should().ContainSingle().Which.Should().BeEquivalentTo(image);
        await Images.Awaiting(i => i.ListAsync(Query with { Sort = [new("id; DROP TABLE images", false)] }, Owner, Cancel)).Should().ThrowAsync<ArgumentException>();
        await Images.Awaiting(i => i.ListAsync(Query with { Equal = Map((Evil, "1")) }, Owner, Cancel)).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task A_marker_must_exist_and_be_visible()
    {
        Image hidden = New() with { Visibility = ImageVisibility.Private };
        await Images.AddAsync(hidden, Cancel);

        await Images.Awaiting(i => i.ListAsync(Query with { Marker = "nope" }, Admin, Cancel)).Should().ThrowAsync<MarkerNotFoundException>();
        await Images.Awaiting(i => i.ListAsync(Query with { Marker = hidden.Id }, Stranger, Cancel)).Should().ThrowAsync<MarkerForbiddenException>();
        (await Images.ListAsync(Query with { Marker = hidden.Id }, Owner, Cancel)).Should().BeEmpty();

        await Images.DeleteAsync(hidden.Id, ImageStatus.Queued, Later, Cancel);
        await Images.Awaiting(i => i.ListAsync(Query with { Marker = hidden.Id }, Owner, Cancel)).Should().ThrowAsync<MarkerNotFoundException>();
    }

    [Fact]
    public async Task A_marker_that_the_filter_leaves_out_still_marks_the_place()
    {
        Image[] images = [.. Enumerable.Range(0, 6).Select(i => New($"{i}") with { CreatedAt = Noon.AddMinutes(i), MinRam = i % 2 })];
        foreach (Image image in images) await Images.AddAsync(image, Cancel);

        (await NamesAsync(Query with { Marker = images[3].Id, Equal = Map(("min_ram", "0")) }, Owner)).Should().Equal("0", "2");
    }

    /// <summary>Name → image; sorted by name. Shared images carry a membership of <see cref="Theirs"/>.</summary>
    private async Task<List<Image>> AddEveryKindAsync()
    {
        List<Image> all =
        [
            New("private") with { Visibility = ImageVisibility.Private }, New("public") with { Visibility = ImageVisibility.Public },
            New("community") with { Visibility = ImageVisibility.Community }, New("shared with no one"), New("shared, accepted"), New("shared, pending"),
            New("nobody's") with { Owner = null, Visibility = ImageVisibility.Public },
        ];
        foreach (Image image in all) await Images.AddAsync(image, Cancel);
        await Images.AddMemberAsync(all[0].Id, Theirs, Noon, Cancel);   // an old share that the visibility switched off
        await Images.AddMemberAsync(all[4].Id, Theirs, Noon, Cancel);
        await Images.SetMemberStatusAsync(all[4].Id, Theirs, "accepted", Noon, Cancel);
        await Images.AddMemberAsync(all[5].Id, Theirs, Noon, Cancel);
        await Images.AddMemberAsync(all[3].Id, Theirs, Noon, Cancel);
        await Images.RemoveMemberAsync(all[3].Id, Theirs, Noon, Cancel);
        return all;
    }

    private async Task<List<string?>> ShownToAsync(Caller caller)
    {
        List<string?> names = [];
        foreach (string id in await RowsAsync("SELECT id FROM images ORDER BY name"))
            if (await Images.FindAsync(id, caller, Cancel) is { } image) names.Add(image.Name);
        return names;
    }

    private async Task<List<string?>> NamesAsync(ImageQuery query, Caller caller) =>
        [.. (await Images.ListAsync(query, caller, Cancel)).Select(i => i.Name).OrderBy(n => n, StringComparer.OrdinalIgnoreCase)];

    private static ImmutableSortedDictionary<string, string> Map(params (string Key, string Value)[] all) =>
        all.ToImmutableSortedDictionary(p => p.Key, p => p.Value);

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Sets(params (string Key, string[] Values)[] all) =>
        all.ToImmutableSortedDictionary(p => p.Key, p => p.Values.ToImmutableArray());
}
