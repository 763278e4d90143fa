using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Tests.Rendering;

public sealed class PasswordHashTests
{
    private sealed class None : IVariables
    {
        public bool TryGet(string name, out object? value)
        {
            value = null;
            return false;
        }
    }

    [Fact]
    public void A_password_and_a_salt_make_the_hash_that_htpasswd_makes() =>
        Template.Parse("{{ 'secret' | password_hash('bcrypt', 'abcdefghijklmnopqrstuu') }}", "test").Render(new None())
            .Should().Be("$2b$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u");

    [Theory]
    [InlineData("{{ 'secret' | password_hash('bcrypt', 'short') }}", "the salt is not 22 characters")]
    [InlineData("{{ 'secret' | password_hash('sha512', 'abcdefghijklmnopqrstuu') }}", "password_hash makes 'bcrypt' only")]
    public void What_cannot_be_hashed_says_why(string template, string problem)
    {
        Action render = () => Template.Parse(template, "test").Render(new None());
        render.Should().Throw<TemplateException>().Which.Problem.Should().Contain(problem);
    }
}
