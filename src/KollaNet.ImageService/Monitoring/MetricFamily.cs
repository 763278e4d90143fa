using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace KollaNet.ImageService.Monitoring;

/// <summary>One metric with all its label values. Not safe for several threads at once.</summary>
internal sealed class MetricFamily
{
    /// <summary>Upper bounds in seconds: from an answer out of memory to an upload that takes an hour.</summary>
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 300, 3600];

    private readonly SortedDictionary<string, double> values = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Distribution> distributions = new(StringComparer.Ordinal);
    private readonly string help;
    private readonly string type;
    private readonly bool accumulates;

    public MetricFamily(Instrument instrument)
    {
        Type kind = instrument.GetType().GetGenericTypeDefinition();
        bool counts = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>);
        type = counts ? "counter" : kind == typeof(Histogram<>) ? "histogram" : "gauge";
        accumulates = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
        Name = instrument.Name.Replace('.', '_') + (type == "histogram" ? "_seconds" : counts ? "_total" : "");
        help = instrument.Description ?? "";
    }

    public string Name { get; }

    /// <summary><c>a="x",b="y"</c>; empty without tags.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var text = new StringBuilder();
        foreach ((string name, object? value) in tags)
        {
            string escaped = Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    public void Measure(string labels, double value)
    {
        if (type != "histogram") values[labels] = accumulates ? values.GetValueOrDefault(labels) + value : value;
        else if (distributions.TryGetValue(labels, out Distribution? known)) known.Add(value);
        else (distributions[labels] = new Distribution()).Add(value);
    }

    public void WriteTo(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {help}\n# TYPE {Name} {type}\n");
        foreach ((string labels, double value) in values) Line(text, "", labels, value);
        foreach ((string labels, Distribution distribution) in distributions)
        {
            string more = labels.Length == 0 ? "" : $"{labels},";
            double below = 0;
            for (int i = 0; i < Bounds.Length; i++) Line(text, "_bucket", $"{more}le=\"{Bounds[i].ToString(CultureInfo.InvariantCulture)}\"", below += distribution.Counts[i]);
            Line(text, "_bucket", $"{more}le=\"+Inf\"", distribution.Count);
            Line(text, "_sum", labels, distribution.Sum);
            Line(text, "_count", labels, distribution.Count);
        }
    }

    private void Line(StringBuilder text, string suffix, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{Name}{suffix}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}\n");

    private sealed class Distribution
    {
        public long[] Counts { get; } = new long[Bounds.Length];

        public long Count { get; private set; }

        public double Sum { get; private set; }

        public void Add(double value)
        {
            Count++;
            Sum += value;
            int bucket = Array.FindIndex(Bounds, bound => value <= bound);
            if (bucket >= 0) Counts[bucket]++;
        }
    }
}
