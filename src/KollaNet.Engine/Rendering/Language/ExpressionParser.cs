using System.Globalization;
using KollaNet.Engine.Rendering.Filters;

namespace KollaNet.Engine.Rendering.Language;

/// <summary>Jinja2's expression grammar, from the loosest binding operator to the tightest.</summary>
internal sealed class ExpressionParser(TokenStream tokens, TemplateFilters filters)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    public Expression Parse() => tokens.Nested(ParseConditional);

    public Expression ParseWithoutCondition() => tokens.Nested(ParseOr);

    /// <summary>One expression, or several with commas between them: a tuple.</summary>
    /// <param name="allowCondition">False where a following <c>if</c> belongs to the statement.</param>
    public Expression ParseTuple(bool allowCondition = true, bool inParentheses = false)
    {
        int at = tokens.Current.At;
        var items = new List<Expression>();
        bool isTuple = false;
        while (!IsTupleEnd())
        {
            items.Add(allowCondition ? Parse() : ParseWithoutCondition());
            if (!tokens.SkipOperator(",")) break;
            isTuple = true;
        }
        if (!isTuple && items.Count == 1) return items[0];
        if (items.Count == 0 && !inParentheses) throw tokens.Unexpected("an expression");
        return new ListLiteral(at, items, isTuple: true);
    }

    private bool IsTupleEnd() => tokens.Current.Kind is TokenKind.OutputEnd or TokenKind.BlockEnd || tokens.Current.IsOperator(")");

    private Expression ParseConditional()
    {
        Expression value = ParseOr();
        while (tokens.Current.IsName("if"))
        {
            int at = tokens.Next().At;
            Expression test = ParseOr();
            value = new Conditional(at, test, value, tokens.SkipName("else") ? Parse() : null);
        }
        return value;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (tokens.Current.IsName("or")) left = new Logic(tokens.Next().At, isAnd: false, left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (tokens.Current.IsName("and")) left = new Logic(tokens.Next().At, isAnd: true, left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        if (!tokens.Current.IsName("not")) return ParseComparison();
        int at = tokens.Next().At;
        return new Negation(at, tokens.Nested(ParseNot));
    }

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        int at = tokens.Current.At;
        var rest = new List<(string, Expression)>();
        while (ParseComparisonSymbol() is { } symbol) rest.Add((symbol, ParseSum()));
        return rest.Count == 0 ? first : new ComparisonChain(at, first, rest);
    }

    private string? ParseComparisonSymbol()
    {
        if (tokens.Current.Kind == TokenKind.Operator && Array.IndexOf(Comparisons, tokens.Current.Text) >= 0) return tokens.Next().Text;
        if (tokens.SkipName("in")) return "in";
        if (!tokens.Current.IsName("not") || !tokens.Ahead.IsName("in")) return null;
        tokens.Next();
        tokens.Next();
        return "not in";
    }

    private Expression ParseSum() => ParseLeftToRight(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation()
    {
        Expression first = ParseProduct();
        int at = tokens.Current.At;
        var parts = new List<Expression> { first };
        while (tokens.SkipOperator("~")) parts.Add(ParseProduct());
        return parts.Count == 1 ? first : new Concatenation(at, parts);
    }

    private Expression ParseProduct() => ParseLeftToRight(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseLeftToRight(() => ParseUnary(withFilters: true), "**");

    private Expression ParseLeftToRight(Func<Expression> parseOperand, params string[] symbols)
    {
        Expression left = parseOperand();
        while (tokens.Current.Kind == TokenKind.Operator && Array.IndexOf(symbols, tokens.Current.Text) >= 0)
        {
            Token symbol = tokens.Next();
            left = new Calculation(symbol.At, symbol.Text, left, parseOperand());
        }
        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        Token sign = tokens.Current;
        bool isSigned = sign.IsOperator("-") || sign.IsOperator("+");
        if (isSigned) tokens.Next();
        Expression value = isSigned
            ? new Signed(sign.At, sign.Text == "-", tokens.Nested(() => ParseUnary(withFilters: false)))
            : ParsePrimary();
        value = ParsePostfix(value);
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    public Expression ParsePrimary()
    {
        Token token = tokens.Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Constant(token.At, true),
                    "false" or "False" => new Constant(token.At, false),
                    "none" or "None" => new Constant(token.At, null),
                    _ => new Name(token.At, token.Text),
                };
            case TokenKind.String:
                string text = token.Text;
                while (tokens.Current.Kind == TokenKind.String) text += tokens.Next().Text;
                return new Constant(token.At, text);
            case TokenKind.Integer:
                return new Constant(token.At, ReadWhole(token));
            case TokenKind.Float:
                return new Constant(token.At, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                Expression inside = ParseTuple(inParentheses: true);
                tokens.ExpectOperator(")");
                return inside;
            case TokenKind.Operator when token.Text == "[":
                return new ListLiteral(token.At, ParseItems("]", Parse), isTuple: false);
            case TokenKind.Operator when token.Text == "{":
                return new MappingLiteral(token.At, ParseItems("}", ParseMember));
            default:
                throw tokens.Error(token.At, $"unexpected {token}, expected an expression");
        }
    }

    private (Expression, Expression) ParseMember()
    {
        Expression key = Parse();
        tokens.ExpectOperator(":");
        return (key, Parse());
    }

    private List<T> ParseItems<T>(string end, Func<T> parseItem)
    {
        var items = new List<T>();
        while (!tokens.SkipOperator(end))
        {
            if (items.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator(end)) break;
            }
            items.Add(parseItem());
        }
        return items;
    }

    private long ReadWhole(Token token)
    {
        string digits = token.Text;
        try
        {
            int radix = digits.Length < 2 ? 10 : char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 };
            long number = radix == 10 ? long.Parse(digits, CultureInfo.InvariantCulture) : Convert.ToInt64(digits[2..], radix);
            return number >= 0 ? number : throw new OverflowException();
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw tokens.Error(token.At, e is OverflowException ? $"the number {digits} is too large" : $"'{digits}' is not a number");
        }
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            Token token = tokens.Current;
            if (token.IsOperator(".")) value = ParseAttribute(value);
            else if (token.IsOperator("[")) value = ParseSubscript(value);
            else if (token.IsOperator("(")) value = new Call(value.At, value, ParseArguments());
            else return value;
        }
    }

    private Expression ParseAttribute(Expression value)
    {
        tokens.Next();
        Token member = tokens.Next();
        return member.Kind switch
        {
            TokenKind.Name => new Attribute(member.At, value, member.Text),
            TokenKind.Integer => new Subscript(member.At, value, new Constant(member.At, ReadWhole(member))),
            _ => throw tokens.Error(member.At, $"unexpected {member}, expected a name after '.'"),
        };
    }

    private Expression ParseSubscript(Expression value)
    {
        int bracket = tokens.Next().At;
        if (tokens.Current.IsOperator(":")) return ParseSlice(bracket, value, null);
        Expression key = Parse();
        if (tokens.Current.IsOperator(":")) return ParseSlice(bracket, value, key);
        tokens.ExpectOperator("]");
        return new Subscript(key.At, value, key);
    }

    private Slice ParseSlice(int bracket, Expression value, Expression? from)
    {
        tokens.ExpectOperator(":");
        Expression? to = ParseBound(), step = tokens.SkipOperator(":") ? ParseBound() : null;
        tokens.ExpectOperator("]");
        return new Slice(bracket, value, from, to, step);
    }

    private Expression? ParseBound() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Parse();

    private Expression ParseFiltersAndTests(Expression value)
    {
        while (true)
        {
            Token token = tokens.Current;
            if (token.IsOperator("|")) value = ParseFilter(value);
            else if (token.IsName("is")) value = ParseTest(value);
            else if (token.IsOperator("(")) value = new Call(value.At, value, ParseArguments());
            else return value;
        }
    }

    public Expression ParseFilter(Expression value)
    {
        tokens.ExpectOperator("|");
        return ParseFilterName(value);
    }

    public Expression ParseFilterName(Expression value)
    {
        int at = tokens.Current.At;
        string name = ParseDottedName();
        RegisteredFilter filter = filters.Find(name) ?? throw tokens.Error(at, $"unknown filter '{name}'");
        return new Filtered(at, value, filter, filters, tokens.Current.IsOperator("(") ? ParseArguments() : ArgumentList.Empty);
    }

    private string ParseDottedName()
    {
        string name = tokens.ExpectAnyName().Text;
        while (tokens.SkipOperator(".")) name += "." + tokens.ExpectAnyName().Text;
        return name;
    }

    private Tested ParseTest(Expression value)
    {
        tokens.ExpectName("is");
        bool isNegated = tokens.SkipName("not");
        int at = tokens.Current.At;
        string name = ParseDottedName();
        RegisteredTest test = Tests.Find(name) ?? throw tokens.Error(at, $"unknown test '{name}'");
        return new Tested(at, value, test, isNegated, ParseTestArguments());
    }

    private ArgumentList ParseTestArguments()
    {
        Token token = tokens.Current;
        if (token.IsOperator("(")) return ParseArguments();
        bool begins = token.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float || token.IsOperator("[") || token.IsOperator("{");
        if (!begins || token is { Kind: TokenKind.Name, Text: "else" or "or" or "and" }) return ArgumentList.Empty;
        if (token.IsName("is")) throw tokens.Error(token.At, "tests cannot be chained with 'is'");
        return new ArgumentList([ParsePostfix(ParsePrimary())], [], null, null);
    }

    public ArgumentList ParseArguments()
    {
        tokens.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? spread = null, namedSpread = null;
        for (bool first = true; !tokens.SkipOperator(")"); first = false)
        {
            if (!first)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator(")")) break;
            }
            Token token = tokens.Current;
            if (namedSpread is not null) throw tokens.Error(token.At, "no argument may follow '**'");
            if (tokens.SkipOperator("**")) namedSpread = Parse();
            else if (spread is null && tokens.SkipOperator("*")) spread = Parse();
            else if (token.Kind == TokenKind.Name && tokens.Ahead.IsOperator("="))
            {
                tokens.Next();
                tokens.Next();
                named.Add((token.Text, Parse()));
            }
            else if (named.Count > 0 || spread is not null) throw tokens.Error(token.At, "a positional argument may not follow a named one");
            else positional.Add(Parse());
        }
        return new ArgumentList(positional, named, spread, namedSpread);
    }
}
