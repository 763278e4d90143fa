namespace KollaNet.Engine.Rendering.Language;

internal enum TokenKind
{
    Data,
    OutputBegin,
    OutputEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <param name="Text">The name, the operator, the decoded string, or the digits.</param>
/// <param name="At">Offset of the first character in the template.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int At)
{
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public bool IsOperator(string symbol) => Kind == TokenKind.Operator && Text == symbol;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Data => "template text",
        TokenKind.OutputEnd => "'}}'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.OutputBegin => "'{{'",
        TokenKind.BlockBegin => "'{%'",
        TokenKind.String => $"the string '{Text}'",
        _ => $"'{Text}'",
    };
}
