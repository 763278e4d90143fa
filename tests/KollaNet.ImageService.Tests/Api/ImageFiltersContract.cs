namespace KollaNet.ImageService.Tests.Api;

/// <summary>What each parameter of a list finds among a dozen images, for three kinds of callers. Source: image-api reference 2.3, 4.1.</summary>
public abstract class ImageFiltersContract(KnownImages images)
{
    private const string Own = ApiServer.Owner, Other = ApiServer.Other, Admin = ApiServer.Admin;

    /// <summary>Caller, query, and the names found in the order of names; in the query, <c>{t3}</c> is when the third image was made, <c>{beta}</c> an id.</summary>
    public static TheoryData<string, string, string> Rows => new()
    {
        { Own, "", "a,b beta dot;dash old public quo\"te shared-accepted" },
        { Own, "name=beta", "beta" },
        { Own, "name=eq:beta", "beta" },
        { Own, "name=BETA", "beta" },
        { Own, "name=in:beta,public,nothing", "beta public" },
        { Own, "name=in:%22a,b%22,beta", "a,b beta" },
        { Own, "name=in:%22quo%5C%22te%22", "quo\"te" },
        { Own, "name=in:a,b", "" },
        { Own, "name=eq:a,b", "a,b" },
        { Own, "name=dot;dash", "dot;dash" },
        { Own, "name=", "" },
        { Own, "id=in:{beta},{old},x", "beta old" },
        { Own, "id=eq:{beta}", "beta" },
        { Own, "status=in:active,saving", "beta public" },
        { Own, "status=eq:active", "beta public" },
        { Own, "status=deleted", "" },
        { Own, "disk_format=in:qcow2,iso", "a,b quo\"te" },
        { Own, "disk_format=eq:iso", "quo\"te" },
        { Own, "container_format=in:ovf", "a,b" },
        { Own, "container_format=ovf&disk_format=raw", "" },
        { Own, "created_at=gt:{t3}&owner=p1", "dot;dash quo\"te" },
        { Own, "created_at=gte:{t3}&owner=p1", "a,b dot;dash quo\"te" },
        { Own, "created_at=lt:{t3}", "beta old" },
        { Own, "created_at=lte:{t3}", "a,b beta old" },
        { Own, "created_at=eq:{t3}", "a,b" },
        { Own, "created_at={t3}", "a,b" },
        { Own, "created_at=neq:{t3}&owner=p1", "beta dot;dash old quo\"te" },
        { Own, "created_at=gt:{t1}&created_at=lt:{t4}", "a,b beta" },
        { Own, "updated_at=lte:2099-01-01%2000:00:00&owner=p1&protected=true", "dot;dash" },
        { Own, "updated_at=gt:2099-01-01%2000:00:00", "" },
        { Own, "updated_at=gte:{t3}&owner=p1&protected=false", "a,b quo\"te" },
        { Own, "size_min=10", "beta" },
        { Own, "size_min=1&size_max=10", "beta public" },
        { Own, "size_min=11", "" },
        { Own, "size_min=99999999999999999999", "" },
        { Own, "size_min=1&size_max=99999999999999999999", "beta public" },
        { Own, "size=99999999999999999999", "" },
        { Own, "size=10", "beta" },
        { Own, "min_disk=7", "beta" },
        { Own, "min_ram=64&min_disk=7", "beta" },
        { Own, "min_ram=65", "" },
        { Own, "checksum=781e5e245d69b566979b86e28d23f2c7", "beta" },
        { Own, "os_hash_algo=sha512", "beta public" },
        { Own, "os_hash_value={hash of beta}", "beta" },
        { Own, "owner=p1", "a,b beta dot;dash old quo\"te" },
        { Own, "owner=p2", "shared-accepted" },
        { Own, "owner=in:p1,p2", "" },
        { Own, "protected=true", "dot;dash" },
        { Own, "protected=false&owner=p1", "a,b beta old quo\"te" },
        { Own, "tag=red", "a,b beta" },
        { Own, "tag=red&tag=big", "beta" },
        { Own, "tag=RED&tag=big", "beta" },
        { Own, "tag=red&tag=none", "" },
        { Own, "os_distro=debian", "beta old" },
        { Own, "os_distro=eq:debian", "" },
        { Own, "os_distro=in:a,b", "a,b" },
        { Own, "os_distro=gt:1&color=blue", "" },
        { Own, "os_distro=debian&color=blue", "beta" },
        { Own, "color=BLUE", "beta" },
        { Own, "os_distro=debian&tag=red&status=active&disk_format=raw&min_ram=64", "beta" },
        { Own, "os_hidden=true", "hidden" },
        { Own, "os_hidden=TRUE", "hidden" },
        { Own, "os_hidden=False&name=hidden", "" },
        { Own, "visibility=public", "public" },
        { Own, "visibility=private", "old" },
        { Own, "visibility=shared", "a,b beta dot;dash quo\"te shared-accepted" },
        { Own, "visibility=community", "theirs" },
        { Own, "visibility=all&owner=p2", "shared-accepted theirs" },
        { Own, "member_status=pending", "a,b beta dot;dash old public quo\"te shared-pending" },
        { Own, "visibility=shared&member_status=pending&owner=p2", "shared-pending" },
        { Own, "visibility=shared&member_status=rejected&owner=p2", "shared-rejected" },
        { Own, "visibility=shared&member_status=all&owner=p2", "shared-accepted shared-pending shared-rejected" },
        { Own, "visibility=private&member_status=all", "old" },
        { Own, "visibility=shared&member_status=all&os_hidden=true", "hidden" },
        { Other, "", "public shared-accepted shared-nobody shared-pending shared-rejected theirs their-private" },
        { Other, "visibility=private", "their-private" },
        { Other, "owner=p1", "" },
        { Other, "os_hidden=true", "" },
        { Admin, "visibility=private", "old their-private" },
        { Admin, "owner=p2", "shared-accepted shared-nobody shared-pending shared-rejected their-private" },
        { Admin, "owner=p2&visibility=all", "shared-accepted shared-nobody shared-pending shared-rejected theirs their-private" },
        { Admin, "visibility=community", "theirs" },
        { Admin, "os_hidden=true", "hidden" },
    };

    /// <summary>Sort parameters, and the names of the owner's images in that order.</summary>
    public static TheoryData<string, string> Orders => new()
    {
        { "", "quo\"te dot;dash a,b beta old" },
        { "sort_dir=asc", "old beta a,b dot;dash quo\"te" },
        { "sort_key=name", "quo\"te old dot;dash beta a,b" },
        { "sort_key=name&sort_dir=asc", "a,b beta dot;dash old quo\"te" },
        { "sort=size", "beta quo\"te dot;dash a,b old" },
        { "sort=size:asc", "old a,b dot;dash quo\"te beta" },
        { "sort=size:asc,created_at:desc", "quo\"te dot;dash a,b old beta" },
        { "sort=status:asc,name:desc", "beta quo\"te old dot;dash a,b" },
        { "sort_key=disk_format&sort_key=name&sort_dir=asc", "dot;dash quo\"te a,b beta old" },
        { "sort_key=disk_format&sort_key=name&sort_dir=desc&sort_dir=asc", "beta old a,b quo\"te dot;dash" },
        { "sort=container_format:desc,created_at:asc", "a,b old beta quo\"te dot;dash" },
        { "sort=created_at:asc", "old beta a,b dot;dash quo\"te" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Parameters_find_what_they_name(string token, string query, string found)
    {
        (await images.NamesAsync(token, $"{query}&sort=name:asc")).Order(StringComparer.Ordinal).Should().Equal(found.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Images_come_in_the_order_asked_for_also_page_by_page(string sort, string order)
    {
        string[] expected = order.Split(' ');
        (await images.NamesAsync(Own, $"owner=p1&{sort}")).Should().Equal(expected);
        foreach (int limit in new[] { 1, 2 }) (await images.PagedNamesAsync(Own, $"owner=p1&limit={limit}&{sort}")).Should().Equal(expected, "{0} at a time", limit);
    }
}

public sealed class ImageFiltersOverSqlite(KnownImagesOverSqlite images) : ImageFiltersContract(images), IClassFixture<KnownImagesOverSqlite>;

public sealed class ImageFiltersOverMariaDb(KnownImagesOverMariaDb images) : ImageFiltersContract(images), IClassFixture<KnownImagesOverMariaDb>;
