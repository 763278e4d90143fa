using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KollaNet.ImageService.Monitoring;

/// <summary>Tells connections of the metrics' own listener from those of the API.</summary>
internal static class MetricsListener
{
    /// <summary>Marks every connection that this listener takes.</summary>
    public static void Mark(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set(new Feature());
            return next(connection);
        });
    }

    /// <summary>Whether a request came to it.</summary>
    public static bool Took(HttpContext http) => http.Features.Get<Feature>() is not null;

    private sealed class Feature;
}
