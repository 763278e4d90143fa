using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Tests.Metadata;

public sealed class LocationCipherTests
{
    private const string Url = "swift+https://user:key@auth/v3/glance/é1";

    [Theory]
    [InlineData("sixteen bytes...")]
    [InlineData("twenty-four bytes, ascii")]
    [InlineData("thirty-two bytes of an operator.")]
    public void What_was_encrypted_is_read_again_and_plain_rows_too(string key)
    {
        LocationCipher cipher = LocationCipher.Of(key);

        string stored = cipher.Write(Url);

        stored.Should().NotContain("swift").And.MatchRegex("^[A-Za-z0-9_-]+=*$").And.NotBe(cipher.Write(Url));
        cipher.Read(stored).Should().Be(Url);
        cipher.Read(Url).Should().Be(Url);
    }

    [Fact]
    public void Every_length_of_url_fits()
    {
        LocationCipher cipher = LocationCipher.Of("sixteen bytes...");
        for (int i = 0; i < 40; i++) cipher.Read(cipher.Write("file://" + new string('x', i))).Should().Be("file://" + new string('x', i));
    }

    /// <summary>Written by glance.common.crypt.urlsafe_encrypt of Glance 25.1, with a vector of its choice.</summary>
    [Fact]
    public void What_Glance_wrote_is_read() =>
        LocationCipher.Of("1234567890123456").Read(GlanceWrote).Should().Be("file:///var/lib/glance/images/7be1");

    [Theory]
    [InlineData("")]
    [InlineData("no url and no base64 !")]
    [InlineData("c2hvcnQ=")]
    [InlineData("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")]
    public void What_is_neither_comes_back_as_it_is(string stored)
    {
        LocationCipher.Of("1234567890123456").Read(stored).Should().Be(stored);
        LocationCipher.None.Read(stored).Should().Be(stored);
    }

    [Fact]
    public void Another_key_reads_nothing_and_breaks_nothing()
    {
        string stored = LocationCipher.Of("1234567890123456").Write(Url);

        LocationCipher.Of("6543210987654321").Read(stored).Should().Be(stored);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("seventeen bytes..")]
    public void A_key_that_is_none_is_refused_without_repeating_it(string key) =>
        FluentActions.Invoking(() => LocationCipher.Of(key)).Should().Throw<ConfigurationInvalidException>().Which.Problems.Single()
            .Should().Contain("metadata_encryption_key").And.Contain("16, 24 or 32").And.NotContain(key);

    private const string GlanceWrote = "XNl048cTyCx9NHXrVwwDQvBGrhnyxCanKbtVZqD1VnSPxbcy7WdFtIOu1fknUztPOw-XJE3hebAsq53E0stONg==";
}
