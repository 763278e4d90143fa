namespace KollaNet.Engine.Rendering.Language;

/// <summary>Gathers the names that a template takes from outside, knowing which ones it binds itself.</summary>
internal sealed class NameCollector
{
    private readonly Stack<HashSet<string>> bound = new([[]]);

    public HashSet<string> Free { get; } = new(StringComparer.Ordinal);

    public void Load(string name)
    {
        if (Globals.IsGlobal(name)) return;
        foreach (HashSet<string> names in bound)
        {
            if (names.Contains(name)) return;
        }
        Free.Add(name);
    }

    public void Bind(string name) => bound.Peek().Add(name);

    /// <summary>Collects from a part whose bindings end with it, or that may not be run at all.</summary>
    public void Within(Action collect)
    {
        bound.Push([]);
        collect();
        bound.Pop();
    }
}
