using System.Globalization;

namespace KollaNet.Bench.Results;

/// <summary>All readings of one figure, of both services. Medians are compared; the best value stands beside them.</summary>
internal sealed class Comparison(Figure figure)
{
    public Figure Figure => figure;

    public List<Reading> A { get; } = [];

    public List<Reading> B { get; } = [];

    /// <summary>B to A.</summary>
    public double? Ratio => Of(reading => reading.Value);

    public double? CpuRatio => Of(reading => reading.ServerCpuMs);

    public double? P99Ratio => Of(reading => reading.P99Ms);

    /// <summary>Null: nothing there, or no such value.</summary>
    public static double? Median(IEnumerable<Reading> readings, Func<Reading, double?> value)
    {
        double[] sorted = [.. readings.Select(value).OfType<double>().Order()];
        return sorted.Length == 0 ? null : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public double? Best(IEnumerable<Reading> readings)
    {
        double[] values = [.. readings.Select(reading => reading.Value)];
        return values.Length == 0 ? null : figure.LessIsBetter ? values.Min() : values.Max();
    }

    /// <summary>The aim's parts in words, with what was reached where it was missed. Empty without an aim.</summary>
    /// <returns>Null for "met" when something needed was not measured.</returns>
    public (string Aim, bool? Met) Judge()
    {
        Aim aim = figure.Aim;
        List<(string Text, bool? Met)> parts = [];
        string bound = figure.LessIsBetter ? "≤" : "≥";
        if (aim.Ratio is { } ratio) parts.Add((Invariant($"{bound} {ratio:0.##}×"), figure.LessIsBetter ? Ratio <= ratio : Ratio >= ratio));
        if (aim.Value is { } value) parts.Add((Invariant($"{bound} {value:0.##} {figure.Unit}"), figure.LessIsBetter ? Median(B, r => r.Value) <= value : Median(B, r => r.Value) >= value));
        if (aim.CpuRatio is { } cpu) parts.Add((Invariant($"CPU ≤ {cpu:0.##}×"), CpuRatio is null ? null : CpuRatio <= cpu));
        if (aim.P99Ratio is { } p99) parts.Add((Invariant($"p99 ≤ {p99:0.##}×"), P99Ratio is null ? null : P99Ratio <= p99));
        if (parts.Count == 0) return ("", null);
        return (string.Join(", ", parts.Select(part => part.Text)), parts.Any(part => part.Met == false) ? false : parts.Any(part => part.Met is null) || B.Count == 0 ? null : true);
    }

    private double? Of(Func<Reading, double?> value) => Median(A, value) is { } a && a != 0 && Median(B, value) is { } b ? b / a : null;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
