namespace KollaNet.Engine.Rendering.Values;

/// <summary>Something a template can call: a global, a method of a value, a macro.</summary>
internal sealed class Callable(string name, Func<CallArguments, object?> call)
{
    public string Name { get; } = name;

    public object? Call(CallArguments arguments) => call(arguments);
}

/// <summary>A call's evaluated arguments.</summary>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named, Budget Budget)
{
    /// <summary>Puts the arguments in the order of <paramref name="parameters"/>; what was not given stays null and is not in <paramref name="given"/>.</summary>
    public object?[] Bind(string function, IReadOnlyList<string> parameters, int required, out bool[] given)
    {
        var values = new object?[parameters.Count];
        given = new bool[parameters.Count];
        if (Positional.Count > parameters.Count) throw new ValueProblem($"'{function}' takes at most {parameters.Count} arguments, not {Positional.Count}");
        for (int i = 0; i < Positional.Count; i++) (values[i], given[i]) = (Positional[i], true);
        foreach ((string name, object? value) in Named)
        {
            int index = IndexOf(parameters, name);
            if (index < 0) throw new ValueProblem($"'{function}' has no argument '{name}'");
            if (given[index]) throw new ValueProblem($"'{function}' got the argument '{name}' twice");
            (values[index], given[index]) = (value, true);
        }
        for (int i = 0; i < required; i++)
        {
            if (!given[i]) throw new ValueProblem($"'{function}' needs the argument '{parameters[i]}'");
        }
        return values;
    }

    private static int IndexOf(IReadOnlyList<string> parameters, string name)
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            if (parameters[i] == name) return i;
        }
        return -1;
    }
}
