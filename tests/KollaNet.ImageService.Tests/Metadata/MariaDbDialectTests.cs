using KollaNet.ImageService.Metadata.MariaDb;

namespace KollaNet.ImageService.Tests.Metadata;

public sealed class MariaDbDialectTests
{
    [Theory]
    [InlineData("10.11.19-MariaDB-0+deb12u1", true)]
    [InlineData("5.5.5-10.6.18-MariaDB", true)]
    [InlineData("11.4.2-MariaDB-log", true)]
    [InlineData("5.5.5-10.5.22-MariaDB", false)]
    [InlineData("10.3.39-MariaDB", false)]
    [InlineData("8.0.36-0ubuntu0.22.04.1", true)]
    [InlineData("5.7.44", false)]
    [InlineData("something else", false)]
    public void Lists_use_JSON_TABLE_only_where_the_server_has_it(string serverVersion, bool has) => new MariaDbDialect().CanLookUp(serverVersion).Should().Be(has);
}
