using System.Globalization;
using System.Text;

namespace KollaNet.Bench.Results;

/// <summary>A report as tables that people read.</summary>
internal static class MarkdownReport
{
    public static string Write(Report report)
    {
        var text = new StringBuilder();
        foreach (string note in report.Notes) text.Append("- ").AppendLine(note);
        if (report.Notes.Count > 0) text.AppendLine().AppendLine("Medians, the best in parentheses; processor time in ms per request or MiB: service + database.").AppendLine();
        Row(text, "figure", report.NameA, report.NameB, "ratio", $"CPU {report.NameA}", $"CPU {report.NameB}", "ratio", $"p50 / p99 ms {report.NameA}", $"p50 / p99 ms {report.NameB}", "client CPU", "aim", "met");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (Comparison figure in report.Figures.Where(figure => figure.A.Count + figure.B.Count > 0))
        {
            (string aim, bool? met) = figure.Judge();
            Row(text, $"{figure.Figure.Title}, {figure.Figure.Unit}", Value(figure, figure.A), Value(figure, figure.B), Times(figure.Ratio), Cpu(figure.A), Cpu(figure.B), Times(figure.CpuRatio),
                Latency(figure.A), Latency(figure.B), Number(Comparison.Median(figure.B, reading => reading.ClientCpuMs)), aim, aim.Length == 0 ? "" : met switch { true => "yes", false => "**no**", null => "?" });
        }

        if (report.Limits.Count == 0) return text.ToString();
        text.AppendLine().AppendLine("Limits of the machine, in the same rounds:").AppendLine();
        Row(text, "limit", "median (best)", "CPU ms per MiB");
        text.AppendLine("|---|---|---|");
        foreach (Comparison limit in report.Limits) Row(text, $"{limit.Figure.Title}, {limit.Figure.Unit}", Value(limit, limit.B), Cpu(limit.B));
        return text.ToString();
    }

    private static void Row(StringBuilder text, params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");

    private static string Value(Comparison figure, List<Reading> readings) =>
        readings.Count == 0 ? "" : readings.Count == 1 ? Number(readings[0].Value) : $"{Number(Comparison.Median(readings, reading => reading.Value))} ({Number(figure.Best(readings))})";

    private static string Cpu(List<Reading> readings)
    {
        string own = Number(Comparison.Median(readings, reading => reading.ServerCpuMs)), shared = Number(Comparison.Median(readings, reading => reading.SharedCpuMs));
        return shared.Length == 0 ? own : $"{own} + {shared}";
    }

    private static string Latency(List<Reading> readings)
    {
        double? p50 = Comparison.Median(readings, reading => reading.P50Ms), p99 = Comparison.Median(readings, reading => reading.P99Ms);
        return p50 is null ? "" : $"{Number(p50)} / {Number(p99)}";
    }

    private static string Times(double? ratio) => ratio is null ? "" : Number(ratio) + "×";

    private static string Number(double? value) => value switch
    {
        null => "",
        0 => "0",
        >= 100 => value.Value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.1 => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.0000", CultureInfo.InvariantCulture),
    };
}
