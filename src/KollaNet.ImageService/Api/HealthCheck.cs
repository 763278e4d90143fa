using System.Text;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary><c>/healthcheck</c>: whether this process can serve images.</summary>
/// <param name="disableFile">While it exists the answer is 503, so that a load balancer takes this host out before a maintenance.</param>
public sealed class HealthCheck(IImageRepository images, StoreCatalog stores, string disableFile)
{
    /// <summary>Where operators put the file that takes a host out.</summary>
    public const string UsualDisableFile = "/etc/glance/healthcheck_disable";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Answers <c>OK</c>, or 503 with the reason.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        string? problem = await FindProblemAsync(http.RequestAborted);
        http.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "text/plain; charset=UTF-8";
        byte[] body = Encoding.UTF8.GetBytes(problem ?? "OK");
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private async Task<string?> FindProblemAsync(CancellationToken cancel)
    {
        if (File.Exists(disableFile)) return "DISABLED BY FILE";
        string? missing = stores.All.SelectMany(store => store.Options.DataFolders).Select(folder => folder.Path).FirstOrDefault(path => !Directory.Exists(path));
        if (missing is not null) return "STORE UNAVAILABLE";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await images.IsReadyAsync(limit.Token) ? null : "DATABASE NOT READY";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return "DATABASE NOT READY";
        }
    }
}
