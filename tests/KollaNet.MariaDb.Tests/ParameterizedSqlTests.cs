namespace KollaNet.MariaDb.Tests;

public sealed class ParameterizedSqlTests
{
    [Theory]
    [InlineData("SELECT @a, @b_2, @a", "SELECT ?, ?, ?", "a b_2 a")]
    [InlineData("@a", "?", "a")]
    [InlineData("SELECT '@a', \"@b\", `@c`, @d", "SELECT '@a', \"@b\", `@c`, ?", "d")]
    [InlineData(@"SELECT 'it\'s @a', 'it''s @b', @c", @"SELECT 'it\'s @a', 'it''s @b', ?", "c")]
    [InlineData(@"SELECT `a\`, @b", @"SELECT `a\`, ?", "b")]
    [InlineData("SELECT 1 -- @a\n, @b", "SELECT 1 -- @a\n, ?", "b")]
    [InlineData("SELECT 1 # @a\n, @b", "SELECT 1 # @a\n, ?", "b")]
    [InlineData("SELECT 1--@a", "SELECT 1--?", "a")]
    [InlineData("SELECT /* @a ? */ @b", "SELECT /* @a ? */ ?", "b")]
    [InlineData("SELECT /*! @a */ 1", "SELECT /*! ? */ 1", "a")]
    [InlineData("SELECT @@version, @@global.x, @a", "SELECT @@version, @@global.x, ?", "a")]
    [InlineData("GRANT ALL ON x.* TO me@localhost, 'you'@'%'", "GRANT ALL ON x.* TO me@localhost, 'you'@'%'", "")]
    [InlineData("SELECT 'unended @a", "SELECT 'unended @a", "")]
    [InlineData("SELECT 'ends in a backslash\\", "SELECT 'ends in a backslash\\", "")]
    [InlineData("SELECT /* unended @a", "SELECT /* unended @a", "")]
    [InlineData("", "", "")]
    public void Names_become_question_marks_outside_of_quotes_and_comments(string sql, string text, string names)
    {
        var parsed = ParameterizedSql.Parse(sql);

        parsed.Text.Should().Be(text);
        string.Join(' ', parsed.Names ?? []).Should().Be(names);
        parsed.Count.Should().Be(parsed.Names?.Length ?? 0);
    }

    [Fact]
    public void Question_marks_are_counted_outside_of_quotes_and_comments()
    {
        ParameterizedSql.Parse("SELECT ?, '?', `?`, ? /* ? */ -- ?").Should().BeEquivalentTo(new { Names = (string[]?)null, Count = 2 });
    }

    [Fact]
    public void Names_and_question_marks_do_not_mix()
    {
        Action parse = () => ParameterizedSql.Parse("SELECT @a, ?");

        parse.Should().Throw<InvalidOperationException>();
    }
}
