namespace KollaNet.MariaDb.Tests;

public sealed class MariaDbSettingsTests
{
    [Fact]
    public void A_url_as_Kolla_writes_it_is_understood()
    {
        MariaDbSettings.Parse("mysql+pymysql://glance:s3cret@10.0.0.10:3307/glance?charset=utf8").Should().Be(
            new MariaDbSettings { Host = "10.0.0.10", Port = 3307, User = "glance", Password = "s3cret", Database = "glance" });
    }

    [Theory]
    [InlineData("mysql://u:p%40ss%2Fw%3Ard%25%20+@h/d", "u", "p@ss/w:rd% +", "h", 3306, "d")]
    [InlineData("mysql://u:a/b:c@h/d", "u", "a/b:c", "h", 3306, "d")]
    [InlineData("mariadb://%C3%BC:p@[::1]:3310/d%2De", "ü", "p", "::1", 3310, "d-e")]
    [InlineData("mysql://u@[fd00::1]", "u", "", "fd00::1", 3306, null)]
    [InlineData("mysql+mysqldb://u:p@h/", "u", "p", "h", 3306, null)]
    [InlineData("mysql://u:@h?unknown=1", "u", "", "h", 3306, null)]
    public void Parts_may_be_encoded_or_left_out(string url, string user, string password, string host, int port, string? database)
    {
        MariaDbSettings.Parse(url).Should().Be(new MariaDbSettings { Host = host, Port = port, User = user, Password = password, Database = database });
    }

    [Fact]
    public void Options_set_times_and_encryption()
    {
        MariaDbSettings settings = MariaDbSettings.Parse("mysql://u:p@h/d?connect_timeout=3&read_timeout=7&ssl_ca=%2Fetc%2Fca.pem");

        settings.ConnectTimeout.Should().Be(TimeSpan.FromSeconds(3));
        settings.CommandTimeout.Should().Be(TimeSpan.FromSeconds(7));
        settings.TlsCaFile.Should().Be("/etc/ca.pem");
        settings.TlsMode.Should().Be(MariaDbTlsMode.VerifyFull);
        MariaDbSettings.Parse("mysql://u:p@h/d?ssl_ca=x&ssl_check_hostname=false").TlsMode.Should().Be(MariaDbTlsMode.VerifyCa);
        MariaDbSettings.Parse("mysql://u:p@h/d?ssl_verify_cert=false").TlsMode.Should().Be(MariaDbTlsMode.Required);
    }

    [Theory]
    [InlineData("postgresql://u:s3cret@h/d", "mysql://")]
    [InlineData("u:s3cret@h", "mysql://")]
    [InlineData("mysql://h/d", "no user")]
    [InlineData("mysql://:s3cret@h/d", "user is empty")]
    [InlineData("mysql://u:s3cret@/d", "host is empty")]
    [InlineData("mysql://u:s3cret@h:port/d", "port")]
    [InlineData("mysql://u:s3cret@h:70000/d", "port")]
    [InlineData("mysql://u:s3cret@h/d?ssl_key=x", "ssl_key")]
    [InlineData("mysql://u:s3cret@h/d?unix_socket=/x", "unix_socket")]
    [InlineData("mysql://u:s3cret@h/d?read_timeout=soon", "read_timeout")]
    public void A_wrong_url_is_explained_without_its_password(string url, string reason)
    {
        Action parse = () => MariaDbSettings.Parse(url);

        parse.Should().Throw<FormatException>().Which.Message.Should().Contain(reason).And.NotContain("s3cret");
    }

    [Fact]
    public async Task Nothing_that_prints_settings_prints_the_password()
    {
        var settings = new MariaDbSettings { Host = "h", User = "u", Password = "s3cret", Database = "d" };
        await using var source = new MariaDbDataSource(settings);
        await using MariaDbConnection connection = source.CreateConnection();

        $"{settings} {source.ConnectionString} {connection.ConnectionString} {connection.DataSource}".Should().Contain("Database=d").And.NotContain("s3cret");
    }
}
