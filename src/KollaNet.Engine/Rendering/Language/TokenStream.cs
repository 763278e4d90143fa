namespace KollaNet.Engine.Rendering.Language;

/// <summary>The tokens of a template, read front to back.</summary>
internal sealed class TokenStream(TemplateText template, List<Token> tokens)
{
    private const int DeepestNesting = 100;
    private int position;
    private int depth;

    public Token Current => tokens[position];

    public Token Ahead => tokens[Math.Min(position + 1, tokens.Count - 1)];

    public Token Next()
    {
        Token token = tokens[position];
        if (position < tokens.Count - 1) position++;
        return token;
    }

    public bool SkipOperator(string symbol)
    {
        bool found = Current.IsOperator(symbol);
        if (found) Next();
        return found;
    }

    public bool SkipName(string name)
    {
        bool found = Current.IsName(name);
        if (found) Next();
        return found;
    }

    public Token ExpectOperator(string symbol) => Current.IsOperator(symbol) ? Next() : throw Unexpected($"'{symbol}'");

    public void ExpectName(string name)
    {
        if (!SkipName(name)) throw Unexpected($"'{name}'");
    }

    public Token ExpectAnyName() => Current.Kind == TokenKind.Name ? Next() : throw Unexpected("a name");

    public void Expect(TokenKind kind)
    {
        if (Current.Kind != kind) throw Unexpected(new Token(kind, "", 0).ToString());
        Next();
    }

    public TemplateException Unexpected(string wanted) => Error(Current.At, $"unexpected {Current}, expected {wanted}");

    public TemplateException Error(int at, string problem) => template.Error(at, problem);

    /// <summary>Counts nested constructs, so that a hostile template ends in an error and not in a stack overflow.</summary>
    public T Nested<T>(Func<T> parse)
    {
        if (++depth > DeepestNesting) throw Error(Current.At, "the template nests too deeply");
        T parsed = parse();
        depth--;
        return parsed;
    }
}
