using System.Diagnostics.Metrics;
using System.Text;

namespace KollaNet.ImageService.Monitoring;

/// <summary>Collects what one <see cref="ServiceMetrics"/> measures and writes it in Prometheus' text format, version 0.0.4.
/// Source: Prometheus documentation, exposition formats.</summary>
public sealed class Prometheus : IDisposable
{
    /// <summary>The media type of <see cref="Write"/>.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);

    /// <summary>Hears nothing before <see cref="Start"/>, so that counting costs nothing where nobody asks.</summary>
    public Prometheus(ServiceMetrics metrics)
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter == metrics.Meter) own.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Measure(family, value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Measure(family, value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Measure(family, value, tags));
    }

    /// <summary>Listens from now on.</summary>
    public void Start() => listener.Start();

    /// <summary>Everything as it is now.</summary>
    public string Write()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (gate)
        {
            foreach (MetricFamily family in families.Values) family.WriteTo(text);
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var family = new MetricFamily(instrument);
        lock (gate) return families[family.Name] = family;
    }

    private void Measure(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = MetricFamily.Labels(tags);
        lock (gate) ((MetricFamily)family!).Measure(labels, value);
    }
}
