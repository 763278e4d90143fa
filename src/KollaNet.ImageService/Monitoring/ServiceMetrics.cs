using System.Diagnostics.Metrics;

namespace KollaNet.ImageService.Monitoring;

/// <summary>Everything that is counted and timed. One object per server, so that two in one process do not mix.</summary>
public sealed class ServiceMetrics : IDisposable
{
    private const string Name = "glance";
    private static readonly string[] Methods = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"];

    private readonly Histogram<double> requests;
    private readonly Counter<long> received;
    private readonly Counter<long> sent;
    private readonly UpDownCounter<int> uploads;
    private readonly Counter<long> tasks;
    private readonly Histogram<double> storeOperations;
    private readonly Counter<long> storeFailures;
    private readonly Counter<long> tokens;

    /// <summary>Makes the instruments; nothing is kept until somebody listens.</summary>
    public ServiceMetrics()
    {
        requests = Meter.CreateHistogram<double>($"{Name}.http.request.duration", "s", "Time from a request's head to the end of its answer.");
        received = Meter.CreateCounter<long>($"{Name}.image.bytes.received", null, "Bytes of uploads and staging that ended well.");
        sent = Meter.CreateCounter<long>($"{Name}.image.bytes.sent", null, "Bytes of downloads that ended well.");
        uploads = Meter.CreateUpDownCounter<int>($"{Name}.uploads.running", null, "Uploads and staging that run now.");
        tasks = Meter.CreateCounter<long>($"{Name}.tasks.ended", null, "Imports and other tasks that ended, by type and outcome.");
        storeOperations = Meter.CreateHistogram<double>($"{Name}.store.operation.duration", "s", "Time that stores took, by store and operation; opening for reads.");
        storeFailures = Meter.CreateCounter<long>($"{Name}.store.failures", null, "Store operations that failed.");
        tokens = Meter.CreateCounter<long>($"{Name}.tokens", null, "Tokens looked up, by where the answer came from: cache or keystone.");
        Meter.CreateObservableGauge($"{Name}.process.resident.bytes", () => Environment.WorkingSet, null, "Memory of this process that is in use.");
        Meter.CreateObservableGauge($"{Name}.process.managed.bytes", () => GC.GetTotalMemory(false), null, "The part of it that is managed.");
        Meter.CreateObservableCounter($"{Name}.process.cpu.seconds", () => Environment.CpuUsage.TotalTime.TotalSeconds, null, "Processor time that this process used.");
    }

    /// <summary>Where gauges of others are added.</summary>
    public Meter Meter { get; } = new("KollaNet.ImageService");

    /// <summary>A request is answered.</summary>
    /// <param name="route">The path of the route table; null for a path that is not there.</param>
    public void Answered(string? route, string method, int status, TimeSpan duration) => requests.Record(
        duration.TotalSeconds, new("route", route ?? "other"), new("method", Methods.Contains(method) ? method : "other"), new("status", status));

    /// <summary>Image data came.</summary>
    public void Received(long bytes) => received.Add(bytes);

    /// <summary>Image data went.</summary>
    public void Sent(long bytes) => sent.Add(bytes);

    /// <summary>An upload begins (1) or ends (-1).</summary>
    public void Uploads(int change) => uploads.Add(change);

    /// <summary>A task is over.</summary>
    public void TaskEnded(string type, bool succeeded) => tasks.Add(1, new("type", type), new("outcome", succeeded ? "success" : "failure"));

    /// <summary>A store has done something.</summary>
    /// <param name="failed">It could not.</param>
    public void StoreDid(string store, string operation, TimeSpan duration, bool failed)
    {
        storeOperations.Record(duration.TotalSeconds, new("store", store), new("operation", operation));
        if (failed) storeFailures.Add(1, new("store", store), new("operation", operation));
    }

    /// <summary>A token was looked up.</summary>
    /// <param name="cached">Without asking Keystone.</param>
    public void TokenLookedUp(bool cached) => tokens.Add(1, new KeyValuePair<string, object?>("source", cached ? "cache" : "keystone"));

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();
}
