using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Api;

/// <summary><c>/healthcheck</c>: whether this process can serve images. Answers are a second old at most, so that asking costs nothing.</summary>
public sealed class HealthCheck(HealthOptions options, HealthProbe probe, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim looking = new(1);
    private HealthReport? last;
    private volatile bool stopping;

    /// <summary>The service goes down: load balancers should send nothing more.</summary>
    public void BeginStopping() => stopping = true;

    /// <summary>Answers 200 or 503, with one line, or with JSON where <c>[healthcheck] detailed</c> asks for it.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        HealthReport report = await ReportAsync(http.RequestAborted);
        HttpResponse response = http.Response;
        response.StatusCode = report.IsHealthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        (response.ContentType, byte[] body) = options.Detailed ? ("application/json", report.ToJson()) : ("text/plain; charset=UTF-8", report.ToText());
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <inheritdoc/>
    public void Dispose() => looking.Dispose();

    /// <summary>What is told at once, then what has to be looked for.</summary>
    private async Task<HealthReport> ReportAsync(CancellationToken cancel)
    {
        if (stopping) return HealthReport.Closed("SHUTTING DOWN");
        if (options.DisableFiles.Any(File.Exists)) return HealthReport.Closed("DISABLED BY FILE");
        await looking.WaitAsync(cancel);
        try
        {
            if (last is null || time.GetUtcNow() - last.At >= KeepFor) last = await probe.LookAsync(cancel);
            return last;
        }
        finally
        {
            looking.Release();
        }
    }
}
