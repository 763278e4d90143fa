using System.Globalization;
using KollaNet.ImageService.Api;

namespace KollaNet.ImageService.Tests.Api;

public sealed class IsoTimes
{
    [Theory]
    [InlineData("2099", "2099-01-01 00:00:00.0000000")]
    [InlineData("2099-02", "2099-02-01 00:00:00.0000000")]
    [InlineData("2099-2-3", "2099-02-03 00:00:00.0000000")]
    [InlineData("20990203", "2099-02-03 00:00:00.0000000")]
    [InlineData("2096-02-29", "2096-02-29 00:00:00.0000000")]
    [InlineData("2099-02-03T04", "2099-02-03 04:00:00.0000000")]
    [InlineData("2099-02-03T04:05", "2099-02-03 04:05:00.0000000")]
    [InlineData("2099-02-03T04:05:06", "2099-02-03 04:05:06.0000000")]
    [InlineData("2099-02-03 04:05:06", "2099-02-03 04:05:06.0000000")]
    [InlineData("20990203T040506Z", "2099-02-03 04:05:06.0000000")]
    [InlineData("2099-02-03t04:05:06z", "2099-02-03 04:05:06.0000000")]
    [InlineData("2099-02-03T04:05:06.5Z", "2099-02-03 04:05:06.5000000")]
    [InlineData("2099-02-03T04:05:06,123456789", "2099-02-03 04:05:06.1234567")]
    [InlineData("2099-02-03T04:05:06+02:00", "2099-02-03 02:05:06.0000000")]
    [InlineData("2099-02-03T04:05:06+0230", "2099-02-03 01:35:06.0000000")]
    [InlineData("2099-02-03T04:05:06-05", "2099-02-03 09:05:06.0000000")]
    [InlineData("2099-02-03T04-05", "2099-02-03 09:00:00.0000000")]
    [InlineData("2099-02-03T04:05:06 02:00", "2099-02-03 02:05:06.0000000")]
    [InlineData("2099-02-03 04:05:06 02:00", "2099-02-03 02:05:06.0000000")]
    [InlineData("20990203 040506 0200", "2099-02-03 02:05:06.0000000")]
    public void Every_form_that_Glance_takes_is_understood(string text, string utc)
    {
        IsoTime.TryParse(text, out DateTime at).Should().BeTrue();
        (at.ToString("yyyy-MM-dd HH:mm:ss.fffffff", CultureInfo.InvariantCulture), at.Kind).Should().Be((utc, DateTimeKind.Utc));
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("99")]
    [InlineData("209902")]
    [InlineData("0000")]
    [InlineData("2099-00")]
    [InlineData("2099-13")]
    [InlineData("2099-02-29")]
    [InlineData("2099-02Z")]
    [InlineData("2099-02-03Z")]
    [InlineData("2099-02-03T24:00")]
    [InlineData("2099-02-03T04:60")]
    [InlineData("2099-02-03T04:05:60")]
    [InlineData("2099-02-03T04:05:06+24:00")]
    [InlineData("2099-02-03T04:05:06Z\n")]
    [InlineData("2099-02-03  04:05:06")]
    [InlineData("٢٠٩٩-02-03")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    public void What_is_no_time_is_refused(string text) => IsoTime.TryParse(text, out _).Should().BeFalse();
}
