namespace KollaNet.Engine;

/// <summary>A failure an operator can act on: what failed, why, and what to do next. Never carries a secret.</summary>
/// <param name="what">One sentence: the thing that did not happen.</param>
/// <param name="why">The cause as far as it is known, in the words of whatever reported it.</param>
/// <param name="next">The next thing to try; null when only the operator can know.</param>
/// <param name="inner">The exception this one explains, if any.</param>
public class KollaNetException(string what, string why, string? next = null, Exception? inner = null)
    : Exception($"{what}\n  Why:  {why}" + (next is null ? "" : $"\n  Next: {next}"), inner)
{
    /// <summary>One sentence: the thing that did not happen.</summary>
    public string What { get; } = what;

    /// <summary>The cause, in the words of whatever reported it.</summary>
    public string Why { get; } = why;

    /// <summary>The next thing to try; null when only the operator can know.</summary>
    public string? Next { get; } = next;
}
