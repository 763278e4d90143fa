namespace KollaNet.Engine.Rendering.Values;

/// <summary>Jinja2's <c>namespace()</c>: the one thing a loop can assign to and the outside see.</summary>
internal sealed class NamespaceValue
{
    public Dictionary<string, object?> Members { get; } = [];
}
