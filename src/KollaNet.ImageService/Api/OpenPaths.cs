using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Api;

/// <summary>What is answered before anybody is asked who they are: health, metrics, and browsers that ask whether they may ask.</summary>
/// <param name="metricsOnApi">Whether <c>/metrics</c> is served beside the API.</param>
public sealed class OpenPaths(HealthCheck health, MetricsApi metrics, bool metricsOnApi, Cors cors)
{
    private const string Health = "/healthcheck", Metrics = "/metrics";

    /// <summary>The path, if it is one of these, for metrics.</summary>
    public static string? Label(string path) => path is Health or Metrics ? path : null;

    /// <returns>False: the request is one for the API.</returns>
    /// <exception cref="ApiException">404: the metrics' own listener serves nothing else.</exception>
    public async Task<bool> AnswerAsync(HttpContext http, string path)
    {
        bool isOwnListener = MetricsListener.Took(http);
        if (path == Health) await health.AnswerAsync(http);
        else if (path == Metrics && (isOwnListener || metricsOnApi)) await metrics.AnswerAsync(http);
        else if (isOwnListener) throw new ApiException(StatusCodes.Status404NotFound);
        else return cors.Answer(http);
        return true;
    }
}
