using System.Diagnostics.Metrics;
using System.Text;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Monitoring;

/// <summary><c>/metrics</c>: what <see cref="Prometheus"/> has collected, and how many images there are in which status.</summary>
public sealed class MetricsApi
{
    private static readonly TimeSpan KeepCounts = TimeSpan.FromSeconds(15), Patience = TimeSpan.FromSeconds(5);

    private readonly Prometheus prometheus;
    private readonly UsageRepository usage;
    private readonly TimeProvider time;
    private (DateTimeOffset At, IReadOnlyDictionary<string, long> ByStatus) counts = (DateTimeOffset.MinValue, new Dictionary<string, long>());

    /// <summary>Adds what is known of the database to the metrics.</summary>
    public MetricsApi(ServiceMetrics metrics, Prometheus prometheus, ImageDatabase database, TimeProvider time)
    {
        (this.prometheus, usage, this.time) = (prometheus, database.Usage, time);
        metrics.Meter.CreateObservableGauge("glance.images", () => counts.ByStatus.Select(one => new Measurement<long>(one.Value, new KeyValuePair<string, object?>("status", one.Key))), null, "Images by status.");
        metrics.Meter.CreateObservableGauge("glance.database.connections", () => Pool(database.Connections), null, "Connections to the database.");
    }

    /// <summary>Answers <c>GET</c>.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        await CountAsync(http.RequestAborted);
        byte[] body = Encoding.UTF8.GetBytes(prometheus.Write());
        http.Response.ContentType = Prometheus.MediaType;
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static IEnumerable<Measurement<int>> Pool((int Open, int Idle)? size)
    {
        if (size is not { } pool) yield break;
        yield return new Measurement<int>(pool.Idle, new KeyValuePair<string, object?>("state", "idle"));
        yield return new Measurement<int>(pool.Open - pool.Idle, new KeyValuePair<string, object?>("state", "used"));
    }

    /// <summary>Without the database the other figures are wanted all the more: the old counts stay.</summary>
    private async Task CountAsync(CancellationToken cancel)
    {
        if (time.GetUtcNow() - counts.At < KeepCounts) return;
        counts = (time.GetUtcNow(), counts.ByStatus);   // Whoever asks meanwhile has the old ones.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            counts = (time.GetUtcNow(), await usage.ByStatusAsync(limit.Token));
        }
        catch (Exception e) when (e is System.Data.Common.DbException or IOException or TimeoutException or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
        }
    }
}
