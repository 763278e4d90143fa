using KollaNet.ImageService.Stores.S3;

namespace KollaNet.ImageService.Tests.Stores.S3;

/// <summary>Urls of all ages.</summary>
public sealed class S3LocationTests
{
    [Theory]
    [InlineData("s3://key:secret@host:7480/images/abc", "http://host:7480", "key", "secret")]
    [InlineData("s3+http://key:secret@host/images/abc", "http://host", "key", "secret")]
    [InlineData("s3+https://key:s/e+c%r:e@t@host/images/abc", "https://host", "key", "s/e+c%r:e@t")]
    [InlineData("s3+https://host:443/images/abc", "https://host", null, null)]
    [InlineData("s3://host/below/a/path/images/abc", "http://host/below/a/path", null, null)]
    public void A_url_is_split_by_hand(string url, string endpoint, string? access, string? secret)
    {
        S3Location.Find(url).Should().Be(new S3Location(new Uri(endpoint), access, secret, "images", "abc"));
        S3Location.Redact(url).Should().NotContain("secret").And.NotContain("s/e+c%r").And.EndWith("/images/abc");
    }

    [Theory]
    [InlineData("http://host:7480", "s3://host:7480/images/abc")]
    [InlineData("https://host", "s3+https://host/images/abc")]
    [InlineData("https://host/below/", "s3+https://host/below/images/abc")]
    public void A_url_is_written_without_credentials_and_read_back(string endpoint, string url)
    {
        S3Location.UrlOf(new Uri(endpoint), "images", "abc").Should().Be(url);
        S3Location.Find(url)!.Endpoint.AbsoluteUri.TrimEnd('/').Should().Be(endpoint.TrimEnd('/'));
    }

    [Theory]
    [InlineData("swift+config://ref1/glance/abc")]
    [InlineData("s3://host/abc")]
    [InlineData("s3://host//abc")]
    [InlineData("s3://host/images/")]
    [InlineData("s3://")]
    public void Anything_else_is_no_location(string url) => S3Location.Find(url).Should().BeNull();

    [Theory]
    [InlineData(1, 100L << 20, 10 << 20)]
    [InlineData(9_000, 1L << 40, 109_951_163)]
    [InlineData(1, null, 10 << 20)]
    [InlineData(499, null, 10 << 20)]
    [InlineData(9_999, null, 200L << 20)]
    public void Parts_are_long_enough_that_ten_thousand_hold_the_image(int number, long? sizeBytes, long lengthBytes) => S3Upload.LengthOf(number, 10 << 20, sizeBytes).Should().Be(lengthBytes);
}
