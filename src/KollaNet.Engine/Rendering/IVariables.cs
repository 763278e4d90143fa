namespace KollaNet.Engine.Rendering;

/// <summary>The names a template can see. Values are only ever <c>string</c>, <c>bool</c>, <c>long</c>, <c>double</c>, <c>null</c>,
/// <c>IReadOnlyList&lt;object?&gt;</c> and <c>IReadOnlyDictionary&lt;string, object?&gt;</c>, so that nothing needs reflection.</summary>
public interface IVariables
{
    /// <summary>Looks a name up; a value that is itself a template is evaluated first.</summary>
    /// <returns>False when nothing defines the name; the caller decides whether that is an error.</returns>
    /// <exception cref="TemplateException">The value's own template is wrong, or names form a cycle.</exception>
    bool TryGet(string name, out object? value);
}
