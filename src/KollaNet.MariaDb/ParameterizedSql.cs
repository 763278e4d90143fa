using System.Text;

namespace KollaNet.MariaDb;

/// <summary>A statement as the server prepares it, and which parameter stands at each of its question marks.</summary>
/// <param name="Text">The statement with every <c>@name</c> replaced by <c>?</c>.</param>
/// <param name="Names">The names without <c>@</c>, one per question mark; null when the statement was written with question marks (or has none).</param>
/// <param name="Count">How many question marks there are.</param>
internal sealed record ParameterizedSql(string Text, string[]? Names, int Count)
{
    /// <summary>Finds the parameters outside of strings, quoted names and comments.</summary>
    /// <exception cref="InvalidOperationException">The statement mixes <c>@name</c> and <c>?</c>.</exception>
    public static ParameterizedSql Parse(string sql)
    {
        List<string>? names = null;
        StringBuilder? text = null;
        int copied = 0, marks = 0, at = 0;
        while ((at = NextParameter(sql, at)) < sql.Length)
        {
            if (sql[at] == '?')
            {
                marks++;
                at++;
                continue;
            }
            int end = at + 1;
            while (end < sql.Length && IsNamePart(sql[end]))
                end++;
            (names ??= []).Add(sql[(at + 1)..end]);
            (text ??= new StringBuilder(sql.Length)).Append(sql, copied, at - copied).Append('?');
            copied = at = end;
        }
        if (names is null)
            return new ParameterizedSql(sql, null, marks);
        if (marks > 0)
            throw new InvalidOperationException("A statement has either @named parameters or question marks, not both.");
        return new ParameterizedSql(text!.Append(sql, copied, sql.Length - copied).ToString(), [.. names], names.Count);
    }

    // The index of the next '?' or of the '@' of the next named parameter; the length when there is none.
    private static int NextParameter(string sql, int at)
    {
        while (at < sql.Length)
        {
            char c = sql[at];
            if (c == '?' || (c == '@' && IsNamedParameter(sql, at)))
                return at;
            at = c switch
            {
                '\'' or '"' or '`' => AfterQuoted(sql, at),
                '#' => AfterLine(sql, at),
                '-' when IsDashComment(sql, at) => AfterLine(sql, at),
                '/' when Follows(sql, at, "/*") && !Follows(sql, at, "/*!") && !Follows(sql, at, "/*M!") => AfterBlock(sql, at),
                '@' when Follows(sql, at, "@@") => at + 2,
                _ => at + 1,
            };
        }
        return sql.Length;
    }

    // Not the '@' of user@host, of @'quoted' or of @@variable.
    private static bool IsNamedParameter(string sql, int at) =>
        at + 1 < sql.Length && IsNamePart(sql[at + 1]) && (at == 0 || !IsNamePart(sql[at - 1]));

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c > '\x7f';

    private static bool IsDashComment(string sql, int at) =>
        Follows(sql, at, "--") && (at + 2 == sql.Length || char.IsWhiteSpace(sql[at + 2]) || char.IsControl(sql[at + 2]));

    private static bool Follows(string sql, int at, string what) => string.CompareOrdinal(sql, at, what, 0, what.Length) == 0;

    private static int AfterLine(string sql, int at)
    {
        int end = sql.IndexOf('\n', at);
        return end < 0 ? sql.Length : end + 1;
    }

    private static int AfterBlock(string sql, int at)
    {
        int end = sql.IndexOf("*/", at + 2, StringComparison.Ordinal);
        return end < 0 ? sql.Length : end + 2;
    }

    // A doubled quote ends one quoted part and starts the next, which comes to the same.
    private static int AfterQuoted(string sql, int at)
    {
        char quote = sql[at];
        for (at++; at < sql.Length && sql[at] != quote; at++)
        {
            if (sql[at] == '\\' && quote != '`')
                at++;
        }
        return Math.Min(at + 1, sql.Length);
    }
}
