namespace KollaNet.Engine.Rendering.Values;

/// <summary>Bounds one rendering's work, so that no template can hang or exhaust a deployment.</summary>
internal sealed class Budget
{
    /// <summary>Steps, characters and items that one rendering may use; the largest real Kolla templates stay below a thousandth.</summary>
    private const long Limit = 10_000_000;

    /// <summary>The largest single text or list.</summary>
    public const int LargestValue = 4_000_000;

    private long used;

    public void Use(long amount = 1)
    {
        used += amount;
        if (amount < 0 || used > Limit) throw new ValueProblem("the template does too much work (an endless loop?)");
    }

    public void UseFor(long size)
    {
        if (size > LargestValue) throw new ValueProblem("the result is too large");
        Use(size);
    }
}
