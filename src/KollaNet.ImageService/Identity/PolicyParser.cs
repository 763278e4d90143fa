using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Identity;

/// <summary>Reads oslo.policy's rule language: checks <c>kind:match</c>, <c>@</c>, <c>!</c>, <c>not</c>, <c>and</c>, <c>or</c> (loosest), parentheses.</summary>
internal sealed partial class PolicyParser
{
    private readonly List<string> tokens;
    private int position;

    private PolicyParser(string text) => tokens = [.. Token().Matches(text).Select(match => match.Value)];

    /// <exception cref="FormatException">Says what is wrong, without the rule's name.</exception>
    public static PolicyRule Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new ConstantRule(true);
        var parser = new PolicyParser(text);
        PolicyRule rule = parser.ReadOr();
        return parser.position == parser.tokens.Count ? rule : throw new FormatException($"'{parser.tokens[parser.position]}' is not expected here");
    }

    private PolicyRule ReadOr()
    {
        PolicyRule left = ReadAnd();
        while (Accept("or")) left = new OrRule(left, ReadAnd());
        return left;
    }

    private PolicyRule ReadAnd()
    {
        PolicyRule left = ReadNot();
        while (Accept("and")) left = new AndRule(left, ReadNot());
        return left;
    }

    private PolicyRule ReadNot() => Accept("not") ? new NotRule(ReadNot()) : ReadOne();

    private PolicyRule ReadOne()
    {
        if (Accept("("))
        {
            PolicyRule inner = ReadOr();
            return Accept(")") ? inner : throw new FormatException("a ')' is missing");
        }

        if (position == tokens.Count) throw new FormatException("the rule ends too early");
        return ReadCheck(tokens[position++]);
    }

    private static PolicyRule ReadCheck(string token)
    {
        if (token == "@") return new ConstantRule(true);
        if (token == "!") return new ConstantRule(false);
        int colon = token[0] is '\'' or '"' ? token.IndexOf(':', token.IndexOf(token[0], 1) is var end and > 0 ? end : 0) : token.IndexOf(':');
        if (colon <= 0) throw new FormatException($"'{token}' is not kind:match");
        string kind = token[..colon], match = token[(colon + 1)..];
        return kind switch
        {
            "rule" => new NamedRule(match),
            "role" => new RoleRule(new PolicyText(match)),
            "service_roles" => new ServiceRoleRule(new PolicyText(match)),
            "http" or "https" => throw new FormatException("checks by a remote server are not supported"),
            _ => new EqualRule(kind.Trim('\'', '"'), IsConstant(kind), new PolicyText(match)),
        };
    }

    private static bool IsConstant(string kind) => kind[0] is '\'' or '"' || char.IsDigit(kind[0]) || kind is "True" or "False" or "None";

    private bool Accept(string token)
    {
        if (position == tokens.Count || !tokens[position].Equals(token, StringComparison.OrdinalIgnoreCase)) return false;
        position++;
        return true;
    }

    [GeneratedRegex(@"%\([^)]*\)s|[()]|(?:'[^']*'|""[^""]*""|%\([^)]*\)s|[^\s()])+")]
    private static partial Regex Token();
}
