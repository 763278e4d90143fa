using KollaNet.ImageService.Stores.Swift;

namespace KollaNet.ImageService.Tests.Stores.Swift;

/// <summary>Urls of all ages.</summary>
public sealed class SwiftLocationTests
{
    [Fact]
    public void The_usual_url_names_a_reference() =>
        SwiftLocation.Find("swift+config://ref1/glance/abc", 3).Should().Be(new SwiftLocation("ref1", null, null, "glance", "abc"));

    [Theory]
    [InlineData("swift+https://service%3Aglance:pa%2Fss@keystone/v3/glance/abc", "https://keystone/v3", 3, "pa/ss")]
    [InlineData("swift+http://service%3Aglance:p%40ss@keystone:5000/v3/glance/abc", "http://keystone:5000/v3", 3, "p@ss")]
    [InlineData("swift://service:glance:pass@keystone/auth/v1.0/glance/abc", "https://keystone/auth/v1.0", 1, "pass")]
    [InlineData("swift+http://service%3Aglance:pass@keystone:5000/glance/abc", "http://keystone:5000", 3, "pass")]
    public void Old_urls_hold_a_login(string url, string address, int version, string key)
    {
        SwiftLocation location = SwiftLocation.Find(url, 3)!;

        location.Should().BeEquivalentTo(new { Container = "glance", Object = "abc", Reference = (string?)null, StorageUrl = (string?)null });
        location.Login.Should().BeEquivalentTo(new { AuthAddress = address, AuthVersion = version, User = "service:glance", Key = key });
        SwiftLocation.Redact(url).Should().NotContain("pass").And.NotContain("p%40ss").And.NotContain("pa%2Fss").And.EndWith("/glance/abc");
    }

    [Fact]
    public void Urls_of_owners_accounts_hold_the_account() =>
        SwiftLocation.Find("swift+https://swift:8080/v1/AUTH_x/glance_abc/abc", 3).Should().Be(new SwiftLocation(null, null, "https://swift:8080/v1/AUTH_x", "glance_abc", "abc"));

    [Fact]
    public void What_is_written_is_read_back()
    {
        var login = new SwiftReference("http://keystone:5000/v3", 3, "service:glance", "p@ss/w:rd") { UserDomainId = "default", ProjectDomainId = "default" };

        SwiftLocation.Find(SwiftLocation.UrlOf(login, "glance", "abc"), 3)!.Login.Should().Be(login);
    }

    [Theory]
    [InlineData("file:///var/lib/glance/images/abc")]
    [InlineData("swift+config://ref1/abc")]
    [InlineData("swift+config://ref1/a/b/c")]
    [InlineData("swift+config:///glance/abc")]
    [InlineData("swift+https://keystone/glance/")]
    [InlineData("swift://")]
    [InlineData("")]
    public void Anything_else_is_no_location(string url) => SwiftLocation.Find(url, 3).Should().BeNull();
}
