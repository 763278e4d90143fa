using System.Text.Json;

namespace KollaNet.Bench.Results;

/// <summary>A report with every single reading, for machines.</summary>
internal static class JsonReport
{
    public static void Write(Report report, Stream to)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("a", report.NameA);
        json.WriteString("b", report.NameB);
        json.WriteStartArray("notes");
        foreach (string note in report.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
        WriteAll(json, "figures", report.Figures);
        WriteAll(json, "limits", report.Limits);
        json.WriteEndObject();
    }

    private static void WriteAll(Utf8JsonWriter json, string name, IReadOnlyList<Comparison> comparisons)
    {
        json.WriteStartArray(name);
        foreach (Comparison one in comparisons)
        {
            (string aim, bool? met) = one.Judge();
            json.WriteStartObject();
            json.WriteString("id", one.Figure.Id);
            json.WriteString("title", one.Figure.Title);
            json.WriteString("unit", one.Figure.Unit);
            json.WriteString("per", one.Figure.Per);
            json.WriteString("aim", aim);
            if (met is { } sure) json.WriteBoolean("met", sure);
            Maybe(json, "ratio", one.Ratio);
            Maybe(json, "cpu_ratio", one.CpuRatio);
            Maybe(json, "p99_ratio", one.P99Ratio);
            WriteReadings(json, "a", one.A);
            WriteReadings(json, "b", one.B);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteReadings(Utf8JsonWriter json, string name, List<Reading> readings)
    {
        json.WriteStartArray(name);
        foreach (Reading reading in readings)
        {
            json.WriteStartObject();
            json.WriteNumber("value", reading.Value);
            Maybe(json, "server_cpu_ms", reading.ServerCpuMs);
            Maybe(json, "shared_cpu_ms", reading.SharedCpuMs);
            Maybe(json, "client_cpu_ms", reading.ClientCpuMs);
            Maybe(json, "p50_ms", reading.P50Ms);
            Maybe(json, "p99_ms", reading.P99Ms);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Maybe(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } known && double.IsFinite(known)) json.WriteNumber(name, known);
    }
}
