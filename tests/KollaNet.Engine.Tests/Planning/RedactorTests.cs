using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Tests.Planning;

public sealed class RedactorTests
{
    private readonly Redactor redactor = new(["long-enough", "no", ""]);

    [Theory]
    [InlineData("key=long-enough;", "key=***;")]
    [InlineData("nothing", "nothing")]
    [InlineData("no", "***")]
    [InlineData("", "")]
    public void A_short_secret_is_hidden_where_it_stands_alone(string text, string expected) => redactor.Redact(text).Should().Be(expected);

    [Fact]
    public void A_fingerprint_shows_that_a_secret_changed_and_not_what_it_is()
    {
        string one = redactor.Fingerprint("no"), other = redactor.Fingerprint("long-enough");

        one.Should().StartWith("secret-").And.NotBe(other);
        redactor.Fingerprint("nothing").Should().Be("nothing");
    }
}
