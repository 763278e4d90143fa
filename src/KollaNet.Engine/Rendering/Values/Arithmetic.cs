using System.Numerics;

namespace KollaNet.Engine.Rendering.Values;

/// <summary>Python's arithmetic on values. Whole numbers are 64 bits; a larger result is an error, never a wrong number.</summary>
internal static class Arithmetic
{
    public static object? Apply(string symbol, object? left, object? right, Budget budget)
    {
        Value.Use(left);
        Value.Use(right);
        try
        {
            if (Value.TryLong(left, out long a) && Value.TryLong(right, out long b) && OnWholes(symbol, a, b) is { } whole) return whole;
            if (Value.TryDouble(left, out double x) && Value.TryDouble(right, out double y) && OnDoubles(symbol, x, y) is { } real) return real;
            return OnOthers(symbol, left, right, budget)
                ?? throw new ValueProblem($"unsupported operand type(s) for {symbol}: '{Value.TypeName(left)}' and '{Value.TypeName(right)}'");
        }
        catch (OverflowException)
        {
            throw new ValueProblem("the number is too large");
        }
    }

    // Each number is boxed on its own: a switch over both kinds would turn whole numbers into doubles.
    public static object Negate(object? value) => Value.Use(value) switch
    {
        double d => (object)-d,
        long.MinValue => throw new ValueProblem("the number is too large"),
        _ when Value.TryLong(value, out long n) => -n,
        _ => throw new ValueProblem($"bad operand type for unary -: '{Value.TypeName(value)}'"),
    };

    public static object Plus(object? value) => Value.Use(value) switch
    {
        double d => (object)d,
        _ when Value.TryLong(value, out long n) => n,
        _ => throw new ValueProblem($"bad operand type for unary +: '{Value.TypeName(value)}'"),
    };

    private static object? OnWholes(string symbol, long a, long b) => symbol switch
    {
        "+" => (object)checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "/" => (double)a / NotZero(b, "division by zero"),
        "//" => FloorDivide(a, NotZero(b, "integer division or modulo by zero")),
        "%" => b == -1 ? 0L : ((a % NotZero(b, "integer modulo by zero")) + b) % b,
        "**" when b >= 0 => (long)Power(a, b),
        _ => null,
    };

    private static long NotZero(long b, string problem) => b != 0 ? b : throw new ValueProblem(problem);

    private static long FloorDivide(long a, long b)
    {
        long quotient = checked(a / b);
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }

    private static BigInteger Power(long a, long b)
    {
        if (a is 0 or 1) return b == 0 ? 1 : a;
        if (a == -1) return b % 2 == 0 ? 1 : -1;
        return b < 64 ? BigInteger.Pow(a, (int)b) : throw new OverflowException();
    }

    private static object? OnDoubles(string symbol, double x, double y) => symbol switch
    {
        "+" => x + y,
        "-" => x - y,
        "*" => x * y,
        "/" => y != 0 ? x / y : throw new ValueProblem("float division by zero"),
        "//" => y != 0 ? Math.Floor(x / y) : throw new ValueProblem("float floor division by zero"),
        "%" => y != 0 ? x - (y * Math.Floor(x / y)) : throw new ValueProblem("float modulo"),
        "**" => Raise(x, y),
        _ => null,
    };

    private static double Raise(double x, double y)
    {
        if (x == 0 && y < 0) throw new ValueProblem("0.0 cannot be raised to a negative power");
        double result = Math.Pow(x, y);
        return double.IsFinite(result) || !double.IsFinite(x) || !double.IsFinite(y) ? result : throw new OverflowException();
    }

    private static object? OnOthers(string symbol, object? left, object? right, Budget budget) => (symbol, left, right) switch
    {
        ("+", string a, string b) => Joined(a, b, budget),
        ("+", TupleValue a, TupleValue b) => new TupleValue([.. Joined(a, b, budget)]),
        ("+", IReadOnlyList<object?> a, IReadOnlyList<object?> b) when a is not TupleValue && b is not TupleValue => Joined(a, b, budget),
        ("*", string text, _) when Value.TryLong(right, out long times) => Repeated(text, times, budget),
        ("*", _, string text) when Value.TryLong(left, out long times) => Repeated(text, times, budget),
        ("*", IReadOnlyList<object?> list, _) when Value.TryLong(right, out long times) => Repeated(list, times, budget),
        ("*", _, IReadOnlyList<object?> list) when Value.TryLong(left, out long times) => Repeated(list, times, budget),
        ("%", string format, _) => PercentFormat.Apply(format, right, budget),
        _ => null,
    };

    private static string Joined(string left, string right, Budget budget)
    {
        budget.UseFor((long)left.Length + right.Length);
        return left + right;
    }

    private static object?[] Joined(IReadOnlyList<object?> left, IReadOnlyList<object?> right, Budget budget)
    {
        budget.UseFor((long)left.Count + right.Count);
        return [.. left, .. right];
    }

    private static string Repeated(string text, long times, Budget budget)
    {
        if (times <= 0 || text.Length == 0) return "";
        budget.UseFor(times > Budget.LargestValue ? times : text.Length * times);
        return new System.Text.StringBuilder().Insert(0, text, (int)times).ToString();
    }

    private static object? Repeated(IReadOnlyList<object?> list, long times, Budget budget)
    {
        var all = new List<object?>();
        if (times > 0 && list.Count > 0)
        {
            budget.UseFor(times > Budget.LargestValue ? times : list.Count * times);
            for (long i = 0; i < times; i++) all.AddRange(list);
        }
        return list is TupleValue ? new TupleValue([.. all]) : all;
    }
}
