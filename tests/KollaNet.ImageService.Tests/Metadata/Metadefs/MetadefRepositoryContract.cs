using System.Data.Common;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.Metadefs;
using static KollaNet.ImageService.Tests.Metadata.Metadefs.SampleMetadefs;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata.Metadefs;

/// <summary>What every catalogue of metadata definitions promises. This part: namespaces and what is in them.</summary>
public abstract partial class MetadefRepositoryContract : IAsyncLifetime
{
    private ImageDatabase database = null!;

    private IMetadefRepository Metadefs => database.Metadefs;

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
    public async Task An_added_namespace_is_read_with_everything_in_it()
    {
        MetadefContents full = Full("Full");
        MetadefNamespace added = await Metadefs.AddAsync(full, Cancel);
        added.Id.Should().BePositive();

        MetadefNamespace found = (await Metadefs.FindAsync("Full", Owner, Cancel))!;
        MetadefContents read = await Metadefs.ReadAsync(found, Cancel);

        read.Namespace.Should().Be(full.Namespace with { Id = added.Id });
        read.Associations.Should().Equal(full.Associations);
        read.Properties.Should().Equal(full.Properties);
        read.Objects.Should().BeEquivalentTo(full.Objects, same => same.WithStrictOrdering());
        read.Tags.Select(tag => tag.Name).Should().Equal("two", "one");
        found.CreatedAt.Kind.Should().Be(DateTimeKind.Utc);
    }

    [Fact]
    public async Task A_namespace_is_added_with_everything_or_not_at_all()
    {
        MetadefContents full = Full("Half");
        foreach (MetadefContents twice in new[]
        {
            full with { Associations = [.. full.Associations, full.Associations[0]] }, full with { Properties = [.. full.Properties, full.Properties[0]] },
            full with { Objects = [.. full.Objects, full.Objects[0]] }, full with { Tags = [.. full.Tags, full.Tags[0]] },
        })
        {
            await Metadefs.Invoking(all => all.AddAsync(twice, Cancel)).Should().ThrowAsync<MetadefExistsException>();
        }

        (await Metadefs.FindAsync("Half", Admin, Cancel)).Should().BeNull();
        (await Metadefs.ListResourceTypesAsync(Cancel)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("Taken")]
    [InlineData("TAKEN")]
    public async Task A_name_is_taken_in_any_case(string name)
    {
        await AddAsync(Namespace("Taken", Theirs));
        await Metadefs.Invoking(all => all.AddAsync(new MetadefContents(Namespace(name)), Cancel)).Should().ThrowAsync<MetadefExistsException>();
    }

    [Fact]
    public async Task Private_namespaces_are_seen_by_their_owner_and_administrators()
    {
        await AddAsync(Namespace("mine"));
        await AddAsync(Namespace("mine in capitals", Ours.ToUpperInvariant()));
        await AddAsync(Namespace("theirs", Theirs));
        await AddAsync(Namespace("public", Theirs, isPublic: true));

        (await Names(Owner)).Should().Equal("mine", "public");
        (await Names(Stranger)).Should().Equal("public", "theirs");
        (await Names(Nobody)).Should().Equal("public");
        (await Names(Admin)).Should().Equal("mine", "mine in capitals", "public", "theirs");
        (await Metadefs.FindAsync("theirs", Owner, Cancel)).Should().BeNull();
        (await Metadefs.FindAsync("mine in capitals", Owner, Cancel)).Should().BeNull("project ids are compared exactly");

        async Task<IEnumerable<string>> Names(ImageService.Identity.Caller caller) =>
            (await Metadefs.ListAsync(new MetadefQuery { Page = new MetadefPage { SortKey = "namespace", Descending = false } }, caller, Cancel)).Select(one => one.Name);
    }

    [Fact]
    public async Task Lists_are_filtered_by_visibility_and_resource_type()
    {
        await AddAsync(Namespace("open", isPublic: true));
        await AddAsync(Namespace("closed"));
        await Metadefs.AddAsync(Full("typed"), Cancel);

        (await Names(new MetadefQuery { IsPublic = true })).Should().Equal("open");
        (await Names(new MetadefQuery { IsPublic = false })).Should().BeEquivalentTo("closed", "typed");
        (await Names(new MetadefQuery { ResourceTypes = ["OS::Test::Volume", "OS::Test::Server"] })).Should().Equal("typed");
        (await Names(new MetadefQuery { ResourceTypes = ["OS::Test::Other"] })).Should().BeEmpty();

        async Task<IEnumerable<string>> Names(MetadefQuery query) => (await Metadefs.ListAsync(query, Owner, Cancel)).Select(one => one.Name);
    }

    [Fact]
    public async Task Every_order_can_be_paged_without_loss_or_repetition()
    {
        for (int i = 0; i < 7; i++)
            await AddAsync(Namespace($"n{i}", isPublic: i % 2 == 0) with { DisplayName = i % 3 == 0 ? null : $"d{i % 2}", CreatedAt = Noon.AddHours(i % 2), UpdatedAt = i % 2 == 0 ? null : Noon });
        foreach (string key in MetadefPage.NamespaceSortKeys)
        {
            foreach (bool descending in new[] { false, true })
            {
                MetadefPage page = new() { SortKey = key, Descending = descending };
                List<string> whole = [.. (await Metadefs.ListAsync(new MetadefQuery { Page = page }, Admin, Cancel)).Select(one => one.Name)];
                List<string> paged = [];
                IReadOnlyList<MetadefNamespace> next;
                do
                {
                    next = await Metadefs.ListAsync(new MetadefQuery { Page = page with { Limit = 2, Marker = paged.LastOrDefault() } }, Admin, Cancel);
                    paged.AddRange(next.Select(one => one.Name));
                }
                while (next.Count == 2);

                paged.Should().Equal(whole, $"{key} descending={descending}");
                whole.Should().HaveCount(7);
            }
        }
    }

    [Fact]
    public async Task A_marker_must_exist_and_be_visible()
    {
        await AddAsync(Namespace("theirs", Theirs));
        await Metadefs.Invoking(all => all.ListAsync(After("nothing"), Owner, Cancel)).Should().ThrowAsync<MetadefMissingException>();
        await Metadefs.Invoking(all => all.ListAsync(After("theirs"), Owner, Cancel)).Should().ThrowAsync<MetadefMarkerForbiddenException>();
        (await Metadefs.ListAsync(After("theirs"), Stranger, Cancel)).Should().BeEmpty();

        static MetadefQuery After(string marker) => new() { Page = new MetadefPage { Marker = marker } };
    }

    [Fact]
    public async Task A_namespace_is_renamed_with_everything_in_it()
    {
        MetadefNamespace stored = await Metadefs.AddAsync(Full("before"), Cancel);
        await AddAsync(Namespace("other"));

        await Metadefs.SaveAsync(stored with { Name = "after", DisplayName = null, IsPublic = true, UpdatedAt = Later }, Cancel);

        MetadefNamespace found = (await Metadefs.FindAsync("after", Stranger, Cancel))!;
        found.Should().Be(stored with { Name = "after", DisplayName = null, IsPublic = true, UpdatedAt = Later });
        (await Metadefs.ReadAsync(found, Cancel)).Properties.Should().HaveCount(2);
        (await Metadefs.FindAsync("before", Admin, Cancel)).Should().BeNull();
        await Metadefs.Invoking(all => all.SaveAsync(found with { Name = "other" }, Cancel)).Should().ThrowAsync<MetadefExistsException>();
        await Metadefs.Invoking(all => all.SaveAsync(found with { Id = 999 }, Cancel)).Should().ThrowAsync<MetadefMissingException>();
    }

    [Fact]
    public async Task A_deleted_namespace_takes_everything_along_but_resource_types()
    {
        MetadefNamespace kept = await Metadefs.AddAsync(Full("kept"), Cancel);
        MetadefNamespace gone = await Metadefs.AddAsync(Full("gone"), Cancel);
        await Metadefs.DeleteAsync(gone, Cancel);

        (await Metadefs.FindAsync("gone", Admin, Cancel)).Should().BeNull();
        (await CountAsync("metadef_properties"), await CountAsync("metadef_objects"), await CountAsync("metadef_tags"), await CountAsync("metadef_namespace_resource_types"))
            .Should().Be((2, 2, 2, 2), "those of the other namespace stay");
        (await Metadefs.ListResourceTypesAsync(Cancel)).Select(type => type.Name).Should().Equal("OS::Test::Server", "OS::Test::Volume");
        await Metadefs.Invoking(all => all.DeleteAsync(gone, Cancel)).Should().ThrowAsync<MetadefMissingException>();
        await Metadefs.Invoking(all => all.Tags.AddAsync(gone, [Tag("late")], false, Cancel)).Should().ThrowAsync<MetadefMissingException>();
        await Metadefs.Invoking(all => all.AddAssociationAsync(gone, Association("late"), Cancel)).Should().ThrowAsync<MetadefMissingException>();
        (await Metadefs.ReadAsync(kept, Cancel)).Tags.Should().HaveCount(2);
    }

    [Fact]
    public async Task Nothing_is_deleted_from_a_protected_namespace()
    {
        MetadefNamespace of = await Metadefs.AddAsync(Full("safe", isProtected: true), Cancel);
        foreach (Func<IMetadefRepository, Task> delete in new Func<IMetadefRepository, Task>[]
        {
            all => all.DeleteAsync(of, Cancel), all => all.RemoveAssociationAsync(of, "OS::Test::Server", Cancel), all => all.Properties.RemoveAsync(of, "arch", Cancel),
            all => all.Properties.ClearAsync(of, Cancel), all => all.Objects.RemoveAsync(of, "bare", Cancel), all => all.Objects.ClearAsync(of, Cancel),
            all => all.Tags.RemoveAsync(of, "one", Cancel), all => all.Tags.ClearAsync(of, Cancel),
        })
        {
            await Metadefs.Invoking(delete).Should().ThrowAsync<MetadefProtectedException>();
        }

        MetadefContents left = await Metadefs.ReadAsync(of, Cancel);
        (left.Associations.Length, left.Properties.Length, left.Objects.Length, left.Tags.Length).Should().Be((2, 2, 2, 2));
        (await Metadefs.Tags.RemoveAsync(of, "nothing", Cancel)).Should().BeFalse("what is not there is missing, not protected");
    }

    [Fact]
    public async Task Rows_of_older_releases_have_nulls()
    {
        MetadefNamespace of = await Metadefs.AddAsync(Full("old"), Cancel);
        await ExecuteAsync("UPDATE metadef_namespaces SET visibility = NULL, protected = NULL, display_name = NULL");
        await ExecuteAsync("UPDATE metadef_objects SET json_schema = 'null', required = NULL");

        MetadefNamespace found = (await Metadefs.ListAsync(new MetadefQuery { IsPublic = false }, Owner, Cancel))[0];
        (found.IsPublic, found.IsProtected, found.DisplayName).Should().Be((false, false, null));
        (await Metadefs.FindAsync("old", Stranger, Cancel)).Should().BeNull("what is not public is private");
        (await Metadefs.Objects.FindAsync(of, "quota", Cancel))!.Properties.Should().Be("{}");
        await Metadefs.DeleteAsync(found, Cancel);
    }

    private Task<MetadefNamespace> AddAsync(MetadefNamespace one) => Metadefs.AddAsync(new MetadefContents(one), Cancel);

    private async Task<long> CountAsync(string table)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(Cancel);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel), System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(Cancel);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
