using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Tests.Imports;

public sealed class UriFilterTests
{
    private static readonly ImportFilterOptions Usual = GlanceOptions.Defaults.ImportFilter;

    [Theory]
    [InlineData("http://127.0.0.1/x", true)]
    [InlineData("https://127.0.0.1/x?y=z", true)]
    [InlineData("http://localhost/x", true)]
    [InlineData("http://[::1]/x", true)]
    [InlineData("http://user@127.0.0.1:80/x", true)]
    [InlineData("ftp://127.0.0.1/x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("http://127.0.0.1:22/x", false)]
    [InlineData("http://2130706433/x", false)]
    [InlineData("http://0x7f000001/x", false)]
    [InlineData("http://0x7f.1/x", false)]
    [InlineData("http://0177.0.0.1/x", false)]
    [InlineData("http://127.1/x", false)]
    [InlineData("http://127.0.0.1./x", true)]
    [InlineData("http://1.2.3.0x4/x", false)]
    [InlineData("http://user@0x7f.1/x", false)]
    [InlineData("http://[::ffff:127.0.0.1]/x", false)]
    [InlineData("http://no-such-host.invalid/x", false)]
    [InlineData("http:///x", false)]
    [InlineData("http://127.0.0.1\\@evil/x", false)]
    [InlineData("not a uri", false)]
    [InlineData("", false)]
    public async Task What_may_be_fetched_by_default(string uri, bool allowed) => await ShouldBeAsync(Usual, uri, allowed);

    [Theory]
    [InlineData("http://127.0.0.1/x", true)]
    [InlineData("http://localhost/x", false)]
    public async Task A_list_of_allowed_hosts_makes_the_other_list_unused(string uri, bool allowed) =>
        await ShouldBeAsync(Usual with { AllowedHosts = ["127.0.0.1"], DisallowedHosts = ["127.0.0.1"] }, uri, allowed);

    [Theory]
    [InlineData("http://127.0.0.1:8080/x", true)]
    [InlineData("http://127.0.0.1:22/x", false)]
    [InlineData("ftp://127.0.0.1/x", false)]
    [InlineData("http://LOCALHOST/x", false)]
    public async Task Without_lists_of_what_is_allowed_the_others_decide(string uri, bool allowed) =>
        await ShouldBeAsync(new([], ["ftp"], [], ["localhost"], [], ["22"]), uri, allowed);

    [Fact]
    public async Task A_name_does_not_lead_where_its_address_may_not() => await ShouldBeAsync(Usual with { DisallowedHosts = ["127.0.0.1", "::1"] }, "http://localhost/x", false);

    private static async Task ShouldBeAsync(ImportFilterOptions options, string uri, bool allowed)
    {
        Func<Task> check = () => new UriFilter(options).CheckAsync(uri, TestContext.Current.CancellationToken);
        if (allowed) await check.Should().NotThrowAsync();
        else await check.Should().ThrowAsync<ImportUriRefusedException>();
    }
}
