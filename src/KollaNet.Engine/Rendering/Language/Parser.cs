namespace KollaNet.Engine.Rendering.Language;

/// <summary>Reads a template into statements.</summary>
internal sealed class Parser
{
    private static readonly string[] Unsupported =
        ["include", "import", "from", "extends", "block", "autoescape", "do", "break", "continue", "trans", "debug"];

    private readonly TokenStream tokens;
    private readonly ExpressionParser expressions;

    /// <summary>The statements that are still open, innermost last, with the offset of their keyword.</summary>
    private readonly Stack<Token> open = new();

    private Parser(TemplateText template, TemplateFilters filters)
    {
        tokens = new TokenStream(template, Lexer.Read(template));
        expressions = new ExpressionParser(tokens, filters);
    }

    public static Block Parse(TemplateText template, TemplateFilters filters) => new Parser(template, filters).ParseBody([]);

    /// <summary>Reads up to a tag that begins with one of <paramref name="ends"/>, and leaves that keyword as the current token.</summary>
    private Block ParseBody(params string[] ends)
    {
        int at = tokens.Current.At;
        var statements = new List<Statement>();
        while (true)
        {
            Token token = tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new Literal(token.At, token.Text));
                    break;
                case TokenKind.OutputBegin:
                    statements.Add(new Output(token.At, expressions.ParseTuple()));
                    tokens.Expect(TokenKind.OutputEnd);
                    break;
                case TokenKind.BlockBegin when tokens.Current.Kind == TokenKind.Name && ends.Contains(tokens.Current.Text):
                    return new Block(at, statements);
                case TokenKind.BlockBegin:
                    statements.Add(tokens.Nested(ParseStatement));
                    break;
                default:
                    if (open.TryPeek(out Token unclosed)) throw tokens.Error(unclosed.At, $"'{unclosed.Text}' is never closed");
                    return new Block(at, statements);
            }
        }
    }

    private Statement ParseStatement()
    {
        Token keyword = tokens.ExpectAnyName();
        open.Push(keyword);
        Statement statement = keyword.Text switch
        {
            "if" => ParseIf(keyword.At),
            "for" => ParseFor(keyword.At),
            "set" => ParseSet(keyword.At),
            "with" => ParseWith(keyword.At),
            "filter" => ParseFilterBlock(keyword.At),
            "macro" => ParseMacro(keyword.At),
            "call" => ParseCall(keyword.At),
            "print" => new Output(keyword.At, expressions.ParseTuple()),
            _ => throw Misplaced(keyword),
        };
        tokens.Expect(TokenKind.BlockEnd);
        open.Pop();
        return statement;
    }

    private TemplateException Misplaced(Token keyword)
    {
        open.Pop();
        string problem = Unsupported.Contains(keyword.Text) ? $"'{keyword.Text}' is not supported"
            : keyword.Text.StartsWith("end", StringComparison.Ordinal) || keyword.Text is "else" or "elif"
                ? open.TryPeek(out Token inner) ? $"'{keyword.Text}' does not close '{inner.Text}'" : $"'{keyword.Text}' closes nothing"
                : $"unknown tag '{keyword.Text}'";
        return tokens.Error(keyword.At, problem);
    }

    private Block ParseBodyAfterTag(params string[] ends)
    {
        tokens.Expect(TokenKind.BlockEnd);
        return ParseBody(ends);
    }

    private If ParseIf(int at)
    {
        var branches = new List<(Expression, Block)>();
        do
        {
            Expression test = expressions.ParseTuple(allowCondition: false);
            branches.Add((test, ParseBodyAfterTag("elif", "else", "endif")));
        }
        while (tokens.SkipName("elif"));
        Block? otherwise = tokens.SkipName("else") ? ParseBodyAfterTag("endif") : null;
        tokens.ExpectName("endif");
        return new If(at, branches, otherwise);
    }

    private For ParseFor(int at)
    {
        Target target = ParseTarget(allowMember: false);
        tokens.ExpectName("in");
        Expression items = expressions.ParseTuple(allowCondition: false);
        Expression? test = tokens.SkipName("if") ? expressions.Parse() : null;
        if (tokens.Current.IsName("recursive")) throw tokens.Error(tokens.Current.At, "'recursive' is not supported");
        Block body = ParseBodyAfterTag("else", "endfor");
        Block? otherwise = tokens.SkipName("else") ? ParseBodyAfterTag("endfor") : null;
        tokens.ExpectName("endfor");
        return new For(at, target, items, test, body, otherwise);
    }

    private Target ParseTarget(bool allowMember)
    {
        int at = tokens.Current.At;
        if (allowMember && tokens.Current.Kind == TokenKind.Name && tokens.Ahead.IsOperator("."))
        {
            string owner = tokens.Next().Text;
            tokens.Next();
            return new Target(at, [owner], IsTuple: false, tokens.ExpectAnyName().Text);
        }
        bool inParentheses = tokens.SkipOperator("(");
        var names = new List<string>();
        bool isTuple = false;
        while (names.Count == 0 || tokens.Current.Kind == TokenKind.Name)
        {
            if (names.Count > 0 && tokens.Current.IsName("in")) break;
            names.Add(ParseAssignable());
            if (!tokens.SkipOperator(",")) break;
            isTuple = true;
        }
        if (inParentheses) tokens.ExpectOperator(")");
        return new Target(at, names, isTuple);
    }

    private string ParseAssignable()
    {
        Token name = tokens.ExpectAnyName();
        return name.Text is "true" or "True" or "false" or "False" or "none" or "None"
            ? throw tokens.Error(name.At, $"cannot assign to '{name.Text}'")
            : name.Text;
    }

    private Statement ParseSet(int at)
    {
        Target target = ParseTarget(allowMember: true);
        if (tokens.SkipOperator("=")) return new Set(at, target, expressions.ParseTuple());
        BodyFilter? filter = tokens.SkipOperator("|") ? ParseBodyFilter() : null;
        Block body = ParseBodyAfterTag("endset");
        tokens.ExpectName("endset");
        return new SetBlock(at, target, body, filter);
    }

    private BodyFilter ParseBodyFilter()
    {
        var input = new BodyText(tokens.Current.At);
        Expression chain = expressions.ParseFilterName(input);
        while (tokens.Current.IsOperator("|")) chain = expressions.ParseFilter(chain);
        return new BodyFilter(chain);
    }

    private FilterBlock ParseFilterBlock(int at)
    {
        BodyFilter filter = ParseBodyFilter();
        Block body = ParseBodyAfterTag("endfilter");
        tokens.ExpectName("endfilter");
        return new FilterBlock(at, body, filter);
    }

    private With ParseWith(int at)
    {
        var assignments = new List<(Target, Expression)>();
        while (tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (assignments.Count > 0) tokens.ExpectOperator(",");
            var target = new Target(tokens.Current.At, [ParseAssignable()], IsTuple: false);
            tokens.ExpectOperator("=");
            assignments.Add((target, expressions.Parse()));
        }
        Block body = ParseBodyAfterTag("endwith");
        tokens.ExpectName("endwith");
        return new With(at, assignments, body);
    }

    private Macro ParseMacro(int at)
    {
        string name = ParseAssignable();
        List<Parameter> parameters = ParseParameters();
        Block body = ParseBodyAfterTag("endmacro");
        tokens.ExpectName("endmacro");
        return new Macro(at, name, parameters, body);
    }

    private List<Parameter> ParseParameters()
    {
        tokens.ExpectOperator("(");
        var parameters = new List<Parameter>();
        while (!tokens.SkipOperator(")"))
        {
            if (parameters.Count > 0) tokens.ExpectOperator(",");
            string name = ParseAssignable();
            parameters.Add(new Parameter(name, tokens.SkipOperator("=") ? expressions.Parse() : null));
        }
        return parameters;
    }

    private CallBlock ParseCall(int at)
    {
        List<Parameter> parameters = tokens.Current.IsOperator("(") ? ParseParameters() : [];
        int nameAt = tokens.Current.At;
        Expression macro = new Name(nameAt, tokens.ExpectAnyName().Text);
        ArgumentList arguments = expressions.ParseArguments();
        Block body = ParseBodyAfterTag("endcall");
        tokens.ExpectName("endcall");
        return new CallBlock(at, macro, arguments, new Macro(at, "caller", parameters, body));
    }
}
