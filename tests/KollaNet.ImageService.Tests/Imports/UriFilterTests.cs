using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Tests.Imports;

public sealed class UriFilterTests
{
    private static readonly ImportFilterOptions Usual = GlanceOptions.Defaults.ImportFilter;

    [Theory]
    [InlineData("http://192.0.2.1/x", true)]
    [InlineData("https://192.0.2.1/x?y=z", true)]
    [InlineData("http://[2001:db8::1]/x", true)]
    [InlineData("http://user@192.0.2.1:80/x", true)]
    [InlineData("http://127.0.0.1/x", false)]
    [InlineData("http://127.9.9.9/x", false)]
    [InlineData("http://localhost/x", false)]
    [InlineData("http://[::1]/x", false)]
    [InlineData("http://0.0.0.0/x", false)]
    [InlineData("http://[::]/x", false)]
    [InlineData("http://169.254.169.254/latest/meta-data", false)]
    [InlineData("http://[fe80::1]/x", false)]
    [InlineData("ftp://192.0.2.1/x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("http://192.0.2.1:22/x", false)]
    [InlineData("http://2130706433/x", false)]
    [InlineData("http://0x7f000001/x", false)]
    [InlineData("http://0x7f.1/x", false)]
    [InlineData("http://0177.0.0.1/x", false)]
    [InlineData("http://127.1/x", false)]
    [InlineData("http://192.0.2.1./x", true)]
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
    [InlineData("http://192.0.2.1:8080/x", true)]
    [InlineData("http://192.0.2.1:22/x", false)]
    [InlineData("ftp://192.0.2.1/x", false)]
    [InlineData("http://LOCALHOST/x", false)]
    public async Task Without_lists_of_what_is_allowed_the_others_decide(string uri, bool allowed) =>
        await ShouldBeAsync(new([], ["ftp"], [], ["localhost"], [], ["22"]), uri, allowed);

    [Theory]
    [InlineData("localhost", "127.0.0.1", true)]
    [InlineData("LOCALHOST", "::1", true)]
    [InlineData("images.example", "127.0.0.1", false)]
    [InlineData("images.example", "::ffff:169.254.169.254", false)]
    [InlineData("images.example", "10.0.0.1", true)]
    [InlineData("images.example", "10.0.0.9", false)]
    public void A_name_may_lead_elsewhere_when_it_is_connected_to(string host, string address, bool allowed) =>
        new UriFilter(Usual with { AllowedHosts = ["localhost"], DisallowedHosts = ["10.0.0.9"] }).MayLeadTo(host, System.Net.IPAddress.Parse(address)).Should().Be(allowed);

    [Fact]
    public async Task A_name_does_not_lead_where_its_address_may_not() => await ShouldBeAsync(Usual with { DisallowedHosts = ["127.0.0.1", "::1"] }, "http://localhost/x", false);

    private static async Task ShouldBeAsync(ImportFilterOptions options, string uri, bool allowed)
    {
        Func<Task> check = () => new UriFilter(options).CheckAsync(uri, TestContext.Current.CancellationToken);
        if (allowed) await check.Should().NotThrowAsync();
        else await check.Should().ThrowAsync<ImportUriRefusedException>();
    }
}
