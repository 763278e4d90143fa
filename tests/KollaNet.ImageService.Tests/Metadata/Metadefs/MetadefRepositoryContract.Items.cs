using KollaNet.ImageService.Metadata.Metadefs;
using static KollaNet.ImageService.Tests.Metadata.Metadefs.SampleMetadefs;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata.Metadefs;

/// <summary>Single things, resource types, loading.</summary>
public abstract partial class MetadefRepositoryContract
{
    [Fact]
    public async Task An_object_is_changed_and_renamed()
    {
        MetadefNamespace of = await Metadefs.AddAsync(Full("objects"), Cancel);
        MetadefObject changed = Object("quotas") with { Required = ["z"], Properties = "{}", CreatedAt = Later, UpdatedAt = Later };

        MetadefObject saved = await Metadefs.Objects.SaveAsync(of, "quota", changed, Cancel);

        saved.Should().BeEquivalentTo(changed with { CreatedAt = Noon });
        (await Metadefs.Objects.FindAsync(of, "quotas", Cancel)).Should().BeEquivalentTo(saved);
        (await Metadefs.Objects.FindAsync(of, "quota", Cancel)).Should().BeNull();
        await Metadefs.Objects.Invoking(all => all.SaveAsync(of, "quotas", Object("bare"), Cancel)).Should().ThrowAsync<MetadefExistsException>();
        await Metadefs.Objects.Invoking(all => all.SaveAsync(of, "quota", Object("x"), Cancel)).Should().ThrowAsync<MetadefMissingException>();
    }

    [Fact]
    public async Task Two_namespaces_may_use_one_name()
    {
        MetadefNamespace one = await Metadefs.AddAsync(Full("one"), Cancel), other = await Metadefs.AddAsync(Full("other"), Cancel);
        (await Metadefs.Properties.RemoveAsync(one, "arch", Cancel)).Should().BeTrue();
        (await Metadefs.Properties.RemoveAsync(one, "arch", Cancel)).Should().BeFalse();
        (await Metadefs.Properties.FindAsync(other, "arch", Cancel)).Should().NotBeNull();
        await Metadefs.Properties.ClearAsync(one, Cancel);
        (await Metadefs.Properties.ListAsync(one, null, Cancel)).Should().BeEmpty();
        (await Metadefs.Properties.ListAsync(other, null, Cancel)).Should().HaveCount(2);
    }

    [Fact]
    public async Task Tags_are_appended_or_replaced_all_or_nothing()
    {
        MetadefNamespace of = await Metadefs.AddAsync(Full("tags"), Cancel);
        await Metadefs.Tags.AddAsync(of, [Tag("three")], replace: false, Cancel);
        (await Names()).Should().Equal("one", "two", "three");
        await Metadefs.Tags.Invoking(all => all.AddAsync(of, [Tag("four"), Tag("ONE")], false, Cancel)).Should().ThrowAsync<MetadefExistsException>();
        await Metadefs.Tags.Invoking(all => all.AddAsync(of, [Tag("five"), Tag("five")], true, Cancel)).Should().ThrowAsync<MetadefExistsException>();
        (await Names()).Should().Equal("one", "two", "three");
        await Metadefs.Tags.AddAsync(of, [Tag("one"), Tag("six")], replace: true, Cancel);
        (await Names()).Should().Equal("one", "six");

        async Task<IEnumerable<string>> Names() => (await Metadefs.Tags.ListAsync(of, null, Cancel)).Select(tag => tag.Name);
    }

    [Fact]
    public async Task Things_are_paged_in_every_order()
    {
        MetadefNamespace of = await AddAsync(Namespace("paged"));
        await Metadefs.Tags.AddAsync(of, [.. Enumerable.Range(0, 7).Select(i => Tag($"t{(i * 3) % 7}") with { UpdatedAt = i % 2 == 0 ? null : Later })], false, Cancel);
        foreach (string key in MetadefPage.ItemSortKeys)
        {
            foreach (bool descending in new[] { false, true })
            {
                MetadefPage page = new() { SortKey = key, Descending = descending };
                List<string> whole = [.. (await Metadefs.Tags.ListAsync(of, page, Cancel)).Select(tag => tag.Name)], paged = [];
                IReadOnlyList<MetadefTag> next;
                do
                {
                    next = await Metadefs.Tags.ListAsync(of, page with { Limit = 3, Marker = paged.LastOrDefault() }, Cancel);
                    paged.AddRange(next.Select(tag => tag.Name));
                }
                while (next.Count == 3);

                paged.Should().Equal(whole, $"{key} descending={descending}").And.HaveCount(7);
                if (key == "name") whole[0].Should().Be(descending ? "t6" : "t0");
            }
        }

        await Metadefs.Tags.Invoking(all => all.ListAsync(of, new MetadefPage { Marker = "t9" }, Cancel)).Should().ThrowAsync<MetadefMissingException>();
    }

    [Fact]
    public async Task Resource_types_are_made_by_their_first_association()
    {
        MetadefNamespace one = await AddAsync(Namespace("one")), other = await AddAsync(Namespace("other"));
        await Metadefs.AddAssociationAsync(one, Association("Type", "p:"), Cancel);
        await Metadefs.AddAssociationAsync(other, Association("Type"), Cancel);
        await Metadefs.Invoking(all => all.AddAssociationAsync(one, Association("Type"), Cancel)).Should().ThrowAsync<MetadefExistsException>();

        ILookup<long, MetadefAssociation> all = await Metadefs.ListAssociationsAsync([one.Id, other.Id], Cancel);
        (all[one.Id].Single().Prefix, all[other.Id].Single().Prefix).Should().Be(("p:", null));
        (await Metadefs.ListAssociationsAsync([], Cancel)).Should().BeEmpty();
        (await Metadefs.RemoveAssociationAsync(one, "Type", Cancel)).Should().BeTrue();
        (await Metadefs.RemoveAssociationAsync(one, "Type", Cancel)).Should().BeFalse();
        (await Metadefs.ListAssociationsAsync([one.Id, other.Id], Cancel)).Should().HaveCount(1);
        (await Metadefs.ListResourceTypesAsync(Cancel)).Select(type => type.Name).Should().Equal("Type");
    }

    [Fact]
    public async Task Many_at_once_may_need_the_same_new_resource_type()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Metadefs.AddAsync(Full($"n{i}"), Cancel)));
        (await Metadefs.ListResourceTypesAsync(Cancel)).Should().HaveCount(2);
        (await CountAsync("metadef_namespace_resource_types")).Should().Be(16);
    }

    [Theory]
    [InlineData(MetadefLoadMode.KeepExisting, MetadefLoadOutcome.Kept, "Full", "arch cores own", "own")]
    [InlineData(MetadefLoadMode.AddMissing, MetadefLoadOutcome.Merged, "Full", "arch cores new own", "new own")]
    [InlineData(MetadefLoadMode.PreferNew, MetadefLoadOutcome.Merged, "New", "arch cores new own", "new own")]
    [InlineData(MetadefLoadMode.Overwrite, MetadefLoadOutcome.Replaced, "New", "arch new", "new")]
    public async Task Loading_keeps_merges_or_replaces_what_is_there(MetadefLoadMode mode, MetadefLoadOutcome outcome, string displayName, string properties, string tags)
    {
        MetadefContents there = Full("there", isProtected: true);
        await Metadefs.AddAsync(there with { Properties = there.Properties.Add(Property("own")), Tags = [Tag("own")] }, Cancel);
        MetadefContents file = new(Namespace("there", "admin") with { DisplayName = "New", CreatedAt = Later, UpdatedAt = null })
        {
            Associations = [Association("OS::Test::Server", "new:"), Association("OS::Test::New")],
            Properties = [Property("arch", "{\"title\":\"New\",\"type\":\"string\"}"), Property("new")],
            Tags = [Tag("new")],
        };

        (await Metadefs.LoadAsync(file, mode, Cancel)).Should().Be(outcome);

        MetadefContents read = await Metadefs.ReadAsync((await Metadefs.FindAsync("there", Admin, Cancel))!, Cancel);
        bool changes = mode is MetadefLoadMode.PreferNew or MetadefLoadMode.Overwrite;
        read.Namespace.DisplayName.Should().Be(displayName);
        Sorted(read.Properties).Should().Be(properties);
        Sorted(read.Tags).Should().Be(tags);
        read.Properties.Single(property => property.Name == "arch").Schema.Contains("New", StringComparison.Ordinal).Should().Be(changes);
        read.Associations.Single(one => one.Name == "OS::Test::Server").Prefix.Should().Be(changes ? "new:" : "hw:");
        read.Associations.Any(one => one.Name == "OS::Test::New").Should().Be(mode != MetadefLoadMode.KeepExisting);

        static string Sorted(IEnumerable<MetadefItem> items) => string.Join(' ', items.Select(item => item.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Loaded_namespaces_were_never_changed_and_clearing_takes_all()
    {
        MetadefContents file = new(Namespace("loaded", "admin", isProtected: true) with { UpdatedAt = null }) { Associations = [Association("Type")] };
        (await Metadefs.LoadAsync(file, MetadefLoadMode.KeepExisting, Cancel)).Should().Be(MetadefLoadOutcome.Added);
        (await Metadefs.FindAsync("loaded", Admin, Cancel))!.UpdatedAt.Should().BeNull();

        await Metadefs.ClearAsync(Cancel);

        (await Metadefs.ListAsync(new MetadefQuery(), Admin, Cancel)).Should().BeEmpty();
        (await Metadefs.ListResourceTypesAsync(Cancel)).Should().BeEmpty();
    }
}
