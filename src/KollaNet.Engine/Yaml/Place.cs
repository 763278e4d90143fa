namespace KollaNet.Engine.Yaml;

/// <summary>Where something is written.</summary>
/// <param name="Source">The file as the operator would name it.</param>
/// <param name="Line">1-based; 0 when the whole file is meant.</param>
/// <param name="Column">1-based; 0 when the whole line is meant.</param>
public readonly record struct Place(string Source, int Line = 0, int Column = 0)
{
    /// <summary><c>file</c>, <c>file:line</c> or <c>file:line:column</c>, whatever is known.</summary>
    public override string ToString() => Line == 0 ? Source : Column == 0 ? $"{Source}:{Line}" : $"{Source}:{Line}:{Column}";
}
