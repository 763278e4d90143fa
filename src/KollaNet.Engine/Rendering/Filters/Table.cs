namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Writes one line of a filter table.</summary>
internal static class Table
{
    public static KeyValuePair<string, RegisteredFilter> Filter(string name, TemplateFilter filter, params string[] parameters) =>
        new(name, new RegisteredFilter(name, filter, parameters));
}
