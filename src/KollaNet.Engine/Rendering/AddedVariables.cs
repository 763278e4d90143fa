namespace KollaNet.Engine.Rendering;

/// <summary>Variables with more of them in front.</summary>
internal sealed class AddedVariables(IVariables others, IReadOnlyDictionary<string, object?> added) : IVariables
{
    /// <inheritdoc/>
    public bool TryGet(string name, out object? value) => added.TryGetValue(name, out value) || others.TryGet(name, out value);
}
