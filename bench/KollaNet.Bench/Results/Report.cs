namespace KollaNet.Bench.Results;

/// <summary>One run's results.</summary>
/// <param name="Notes">When, where, how: one line each.</param>
/// <param name="Limits">What the machine itself can do, measured in the same rounds; readings are under <see cref="Comparison.B"/>.</param>
internal sealed record Report(string NameA, string NameB, IReadOnlyList<string> Notes, IReadOnlyList<Comparison> Figures, IReadOnlyList<Comparison> Limits);
