using System.Collections.Immutable;
using KollaNet.Engine.Rendering.Filters;

namespace KollaNet.Engine.Rendering;

/// <summary>What a filter does. It must not change its arguments.</summary>
/// <returns>One of the kinds that <see cref="IVariables"/> names.</returns>
public delegate object? TemplateFilter(FilterCall call);

/// <summary>The filters a template may use: an explicit table, name to function. Immutable.</summary>
public sealed class TemplateFilters
{
    private readonly ImmutableDictionary<string, RegisteredFilter> table;

    private TemplateFilters(ImmutableDictionary<string, RegisteredFilter> table) => this.table = table;

    /// <summary>Jinja2's, Ansible's and Kolla's filters that need nothing but their arguments.</summary>
    public static TemplateFilters Standard { get; } = new(ImmutableDictionary.CreateRange(StringComparer.Ordinal,
        [.. TextFilters.All, .. NumberFilters.All, .. ListFilters.All, .. SelectionFilters.All, .. SetFilters.All,
            .. MappingFilters.All, .. JsonFilters.All, .. EncodingFilters.All, .. RegexFilters.All]));

    /// <summary>The names, sorted.</summary>
    public IEnumerable<string> Names => table.Keys.Order(StringComparer.Ordinal);

    /// <summary>This table and one more filter, which replaces one of the same name.</summary>
    /// <param name="name">As templates write it.</param>
    /// <param name="filter">What it does.</param>
    /// <param name="parameters">Names of the arguments after the filtered value, in order; one that ends in <c>?</c> may be left out.</param>
    public TemplateFilters With(string name, TemplateFilter filter, params string[] parameters) =>
        new(table.SetItem(name, new RegisteredFilter(name, filter, parameters)));

    internal RegisteredFilter? Find(string name) => table.GetValueOrDefault(name);
}
