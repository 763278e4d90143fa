namespace KollaNet.Engine.Rendering.Values;

/// <summary>Python's <c>==</c>, <c>&lt;</c> and <c>in</c>.</summary>
internal static class Comparison
{
    public static bool AreEqual(object? left, object? right, Budget budget)
    {
        budget.Use();
        Value.Use(left);
        Value.Use(right);
        if (Value.TryLong(left, out long a) && Value.TryLong(right, out long b)) return a == b;
        if (Value.TryDouble(left, out double x) && Value.TryDouble(right, out double y)) return x == y;
        return (left, right) switch
        {
            (null, null) => true,
            (string s, string t) => string.Equals(s, t, StringComparison.Ordinal),
            (IReadOnlyList<object?> s, IReadOnlyList<object?> t) => SameItems(s, t, budget),
            (IReadOnlyDictionary<string, object?> s, IReadOnlyDictionary<string, object?> t) => SameMembers(s, t, budget),
            _ => ReferenceEquals(left, right),
        };
    }

    private static bool SameItems(IReadOnlyList<object?> left, IReadOnlyList<object?> right, Budget budget)
    {
        EnsureStack();
        if (left.Count != right.Count || (left is TupleValue) != (right is TupleValue)) return false;
        for (int i = 0; i < left.Count; i++)
        {
            if (!AreEqual(left[i], right[i], budget)) return false;
        }
        return true;
    }

    private static bool SameMembers(IReadOnlyDictionary<string, object?> left, IReadOnlyDictionary<string, object?> right, Budget budget)
    {
        EnsureStack();
        if (left.Count != right.Count) return false;
        foreach ((string key, object? value) in left)
        {
            if (!right.TryGetValue(key, out object? other) || !AreEqual(value, other, budget)) return false;
        }
        return true;
    }

    private static void EnsureStack()
    {
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new ValueProblem("the value nests too deeply");
    }

    /// <param name="symbol">The operator, for the message.</param>
    public static int Compare(object? left, object? right, string symbol, Budget budget)
    {
        budget.Use();
        Value.Use(left);
        Value.Use(right);
        if (Value.TryLong(left, out long a) && Value.TryLong(right, out long b)) return a.CompareTo(b);
        if (Value.TryDouble(left, out double x) && Value.TryDouble(right, out double y)) return x.CompareTo(y);
        if (left is string s && right is string t) return CompareText(s, t);
        if (left is IReadOnlyList<object?> v && right is IReadOnlyList<object?> w && (v is TupleValue) == (w is TupleValue))
            return CompareItems(v, w, symbol, budget);
        throw new ValueProblem($"'{symbol}' not supported between instances of '{Value.TypeName(left)}' and '{Value.TypeName(right)}'");
    }

    private static int CompareItems(IReadOnlyList<object?> left, IReadOnlyList<object?> right, string symbol, Budget budget)
    {
        EnsureStack();
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!AreEqual(left[i], right[i], budget)) return Compare(left[i], right[i], symbol, budget);
        }
        return left.Count.CompareTo(right.Count);
    }

    /// <summary>By code point, as Python does; UTF-16 order differs where surrogates meet U+E000 and up.</summary>
    private static int CompareText(string left, string right)
    {
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            char a = left[i], b = right[i];
            if (a == b) continue;
            return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
        }
        return left.Length.CompareTo(right.Length);
    }

    public static bool Contains(object? container, object? item, Budget budget)
    {
        Value.Use(item);
        switch (Value.Use(container))
        {
            case string text:
                return item is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw new ValueProblem($"'in <string>' requires string as left operand, not {Value.TypeName(item)}");
            case IReadOnlyDictionary<string, object?> map:
                return map.ContainsKey(Value.Key(item));
            case IReadOnlyList<object?> list:
                foreach (object? member in list)
                {
                    if (AreEqual(member, item, budget)) return true;
                }
                return false;
            default:
                throw new ValueProblem($"argument of type '{Value.TypeName(container)}' is not iterable");
        }
    }
}
