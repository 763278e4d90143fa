using KollaNet.Engine.Rendering.Filters;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

/// <summary><c>+ - * / // % **</c></summary>
internal sealed class Calculation(int at, string symbol, Expression left, Expression right) : Expression(at)
{
    protected override object? Compute(Scope scope) => Arithmetic.Apply(symbol, left.Evaluate(scope), right.Evaluate(scope), scope.Budget);

    protected override void Gather(NameCollector names)
    {
        left.Collect(names);
        right.Collect(names);
    }
}

internal sealed class Signed(int at, bool isNegative, Expression operand) : Expression(at)
{
    protected override object? Compute(Scope scope) =>
        isNegative ? Arithmetic.Negate(operand.Evaluate(scope)) : Arithmetic.Plus(operand.Evaluate(scope));

    protected override void Gather(NameCollector names) => operand.Collect(names);
}

/// <summary><c>a ~ b ~ c</c></summary>
internal sealed class Concatenation(int at, IReadOnlyList<Expression> parts) : Expression(at)
{
    protected override object? Compute(Scope scope)
    {
        string text = string.Concat(parts.Select(part => PythonText.Of(part.Require(scope), scope.Budget)));
        scope.Budget.UseFor(text.Length);
        return text;
    }

    protected override void Gather(NameCollector names)
    {
        foreach (Expression part in parts) part.Collect(names);
    }
}

/// <summary><c>a &lt; b &lt;= c</c>, <c>in</c>, <c>not in</c>: each pair must hold.</summary>
internal sealed class ComparisonChain(int at, Expression first, IReadOnlyList<(string Symbol, Expression Operand)> rest) : Expression(at)
{
    protected override object? Compute(Scope scope)
    {
        object? left = first.Require(scope);
        foreach ((string symbol, Expression operand) in rest)
        {
            object? right = operand.Require(scope);
            if (!Holds(symbol, left, right, scope.Budget)) return false;
            left = right;
        }
        return true;
    }

    public static bool Holds(string symbol, object? left, object? right, Budget budget) => symbol switch
    {
        "==" => Comparison.AreEqual(left, right, budget),
        "!=" => !Comparison.AreEqual(left, right, budget),
        "in" => Comparison.Contains(right, left, budget),
        "not in" => !Comparison.Contains(right, left, budget),
        _ when left is double.NaN || right is double.NaN => false,
        "<" => Comparison.Compare(left, right, symbol, budget) < 0,
        "<=" => Comparison.Compare(left, right, symbol, budget) <= 0,
        ">" => Comparison.Compare(left, right, symbol, budget) > 0,
        _ => Comparison.Compare(left, right, symbol, budget) >= 0,
    };

    protected override void Gather(NameCollector names)
    {
        first.Collect(names);
        foreach ((_, Expression operand) in rest) operand.Collect(names);
    }
}

/// <summary><c>a and b</c>, <c>a or b</c>: the operand that decided, as in Python.</summary>
internal sealed class Logic(int at, bool isAnd, Expression left, Expression right) : Expression(at)
{
    protected override object? Compute(Scope scope)
    {
        object? value = left.Evaluate(scope);
        return Value.IsTrue(value) == isAnd ? right.Evaluate(scope) : value;
    }

    protected override void Gather(NameCollector names)
    {
        left.Collect(names);
        right.Collect(names);
    }
}

internal sealed class Negation(int at, Expression operand) : Expression(at)
{
    protected override object? Compute(Scope scope) => !Value.IsTrue(operand.Evaluate(scope));

    protected override void Gather(NameCollector names) => operand.Collect(names);
}

/// <summary><c>a if c else b</c></summary>
internal sealed class Conditional(int at, Expression test, Expression then, Expression? otherwise) : Expression(at)
{
    protected override object? Compute(Scope scope)
    {
        if (Value.IsTrue(test.Evaluate(scope))) return then.Evaluate(scope);
        return otherwise is not null ? otherwise.Evaluate(scope) : Undefined.Empty;
    }

    protected override void Gather(NameCollector names)
    {
        test.Collect(names);
        then.Collect(names);
        otherwise?.Collect(names);
    }
}

internal sealed class Call(int at, Expression function, ArgumentList arguments) : Expression(at)
{
    protected override object? Compute(Scope scope)
    {
        object? target = function.Require(scope);
        if (target is not Callable callable) throw new ValueProblem($"{Shown()}'{Value.TypeName(target)}' object is not callable");
        return callable.Call(arguments.Evaluate(scope));
    }

    private string Shown() => function.Path is { } path ? $"'{path}' cannot be called: " : "";

    protected override void Gather(NameCollector names)
    {
        function.Collect(names);
        arguments.Collect(names);
    }
}

/// <summary><c>x | name(arguments)</c></summary>
/// <param name="at">The filter's name, which is where its errors point.</param>
internal sealed class Filtered(int at, Expression input, RegisteredFilter filter, TemplateFilters filters, ArgumentList arguments) : Expression(at)
{
    protected override object? Compute(Scope scope) =>
        filter.Apply(input.Evaluate(scope), arguments.Evaluate(scope), scope.Run.Variables, filters);

    protected override void Gather(NameCollector names)
    {
        input.Collect(names);
        arguments.Collect(names);
    }
}

/// <summary><c>x is (not) name(arguments)</c></summary>
internal sealed class Tested(int at, Expression input, RegisteredTest test, bool isNegated, ArgumentList arguments) : Expression(at)
{
    protected override object? Compute(Scope scope) => test.Holds(input.Evaluate(scope), arguments.Evaluate(scope)) != isNegated;

    protected override void Gather(NameCollector names)
    {
        input.Collect(names);
        arguments.Collect(names);
    }
}
