using KollaNet.Engine.Rendering.Filters;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

internal sealed class Constant(int at, object? value) : Expression(at)
{
    public object? Value => value;

    protected override object? Compute(Scope scope) => value;

    protected override void Gather(NameCollector names) { }
}

internal sealed class Name(int at, string name) : Expression(at)
{
    public string Identifier => name;

    public override string Path => name;

    protected override object? Compute(Scope scope) =>
        scope.TryGet(name, out object? value) ? value : new Undefined(scope.Run.Template, At, $"'{name}' is undefined");

    protected override void Gather(NameCollector names) => names.Load(name);
}

/// <summary><c>x.y</c>: a method first, then a member, as in Jinja2.</summary>
internal sealed class Attribute(int at, Expression target, string name) : Expression(at)
{
    public override string? Path => target.Path is { } path ? $"{path}.{name}" : null;

    protected override object? Compute(Scope scope)
    {
        object? container = target.Require(scope);
        if (Methods.Find(container, name) is { } method) return method;
        if (Values.Value.TryItem(container, name, out object? item)) return item;
        string problem = Path is { } path ? $"'{path}' is undefined" : $"'{Values.Value.TypeName(container)} object' has no attribute '{name}'";
        return new Undefined(scope.Run.Template, At, problem);
    }

    protected override void Gather(NameCollector names) => target.Collect(names);
}

/// <summary><c>x['y']</c>: a member first, then a method.</summary>
internal sealed class Subscript(int at, Expression target, Expression key) : Expression(at)
{
    public override string? Path => target.Path is { } path
        ? key is Constant { Value: string name } ? $"{path}.{name}" : key is Constant { Value: long index } ? $"{path}[{index}]" : $"{path}[…]"
        : null;

    protected override object? Compute(Scope scope)
    {
        object? container = target.Require(scope), index = key.Require(scope);
        if (Values.Value.TryItem(container, index, out object? item)) return item;
        if (index is string name && Methods.Find(container, name) is { } method) return method;
        string shown = PythonText.Repr(index, scope.Budget);
        string problem = key is Constant && Path is { } path
            ? $"'{path}' is undefined"
            : $"'{target.Path ?? Values.Value.TypeName(container)}' has no element {shown}";
        return new Undefined(scope.Run.Template, At, problem);
    }

    protected override void Gather(NameCollector names)
    {
        target.Collect(names);
        key.Collect(names);
    }
}

/// <summary><c>x[from:to:step]</c> on a list or a string.</summary>
internal sealed class Slice(int at, Expression target, Expression? from, Expression? to, Expression? step) : Expression(at)
{
    protected override object? Compute(Scope scope)
    {
        object? container = target.Require(scope);
        if (container is not (string or IReadOnlyList<object?>)) throw new ValueProblem($"'{Values.Value.TypeName(container)}' cannot be sliced");
        IReadOnlyList<object?> items = Values.Value.Items(container);
        int by = Bound(step, scope) ?? 1;
        if (by == 0) throw new ValueProblem("slice step cannot be zero");
        int first = Clip(Bound(from, scope), items.Count, by, by > 0 ? 0 : items.Count - 1);
        int end = Clip(Bound(to, scope), items.Count, by, by > 0 ? items.Count : -1);
        scope.Budget.Use(items.Count);
        var taken = new List<object?>();
        for (long i = first; by > 0 ? i < end : i > end; i += by) taken.Add(items[(int)i]);
        return container switch
        {
            string => string.Concat(taken),
            TupleValue => new TupleValue([.. taken]),
            _ => taken,
        };
    }

    private static int? Bound(Expression? bound, Scope scope) => bound?.Require(scope) is { } value ? Values.Value.Index(value) : null;

    private static int Clip(int? bound, int count, int by, int missing)
    {
        if (bound is not { } index) return missing;
        if (index < 0) index += count;
        return by > 0 ? Math.Clamp(index, 0, count) : Math.Clamp(index, -1, count - 1);
    }

    protected override void Gather(NameCollector names)
    {
        target.Collect(names);
        from?.Collect(names);
        to?.Collect(names);
        step?.Collect(names);
    }
}

internal sealed class ListLiteral(int at, IReadOnlyList<Expression> items, bool isTuple) : Expression(at)
{
    public IReadOnlyList<Expression> Items => items;

    public bool IsTuple => isTuple;

    protected override object? Compute(Scope scope)
    {
        var values = new object?[items.Count];
        for (int i = 0; i < values.Length; i++) values[i] = items[i].Evaluate(scope);
        return isTuple ? new TupleValue(values) : values;
    }

    protected override void Gather(NameCollector names)
    {
        foreach (Expression item in items) item.Collect(names);
    }
}

internal sealed class MappingLiteral(int at, IReadOnlyList<(Expression Key, Expression Item)> members) : Expression(at)
{
    protected override object? Compute(Scope scope)
    {
        var map = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((Expression key, Expression item) in members) map[Values.Value.Key(key.Evaluate(scope))] = item.Evaluate(scope);
        return map;
    }

    protected override void Gather(NameCollector names)
    {
        foreach ((Expression key, Expression item) in members)
        {
            key.Collect(names);
            item.Collect(names);
        }
    }
}

/// <summary>A call's arguments as written.</summary>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Spread, Expression? NamedSpread)
{
    public static ArgumentList Empty { get; } = new([], [], null, null);

    public CallArguments Evaluate(Scope scope)
    {
        var positional = Positional.Select(argument => argument.Evaluate(scope)).ToList();
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, Expression value) in Named) named[name] = value.Evaluate(scope);
        if (Spread is not null) positional.AddRange(Value.Items(Spread.Evaluate(scope)));
        if (NamedSpread is not null)
        {
            foreach ((string name, object? value) in Value.Mapping(NamedSpread.Evaluate(scope))) named[name] = value;
        }
        return new CallArguments(positional, named, scope.Budget);
    }

    public void Collect(NameCollector names)
    {
        foreach (Expression argument in Positional) argument.Collect(names);
        foreach ((_, Expression argument) in Named) argument.Collect(names);
        Spread?.Collect(names);
        NamedSpread?.Collect(names);
    }
}
