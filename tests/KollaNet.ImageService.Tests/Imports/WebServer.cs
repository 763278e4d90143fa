using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>A web server on a loopback port for images to be fetched from.</summary>
public sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<string> asks = new();
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int breaks;

    private WebServer(byte[] data)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(http => AnswerAsync(http, data));
    }

    public int Port => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Every request: method, path, range.</summary>
    public IReadOnlyCollection<string> Asks => asks;

    /// <summary>Ends when somebody asked for <c>/slow</c>, got its first half and waits, or asked for <c>/silent</c> and waits.</summary>
    public Task Asked => asked.Task;

    public static async Task<WebServer> StartAsync(byte[] data)
    {
        var server = new WebServer(data);
        await server.app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Has so many of the next downloads of <c>/weak</c> end in the middle.</summary>
    public void BreakOff(int times) => Volatile.Write(ref breaks, times);

    /// <summary>Has only the download of <c>/slow</c> that comes after so many others wait for <see cref="GoOn"/>.</summary>
    public int SlowAfter { get; set; }

    /// <summary>Sends the second half of <c>/slow</c>, and all of <c>/silent</c>.</summary>
    public void GoOn() => goOn.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        GoOn();
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http, byte[] data)
    {
        asks.Enqueue($"{http.Request.Method} {http.Request.Path} {http.Request.Headers.Range}".TrimEnd());
        switch (http.Request.Path.Value)
        {
            case "/ranges" when http.Request.Headers.Range.ToString().Split('=', '-') is [_, var from, var to]:
                int start = int.Parse(from, CultureInfo.InvariantCulture), end = to.Length == 0 ? data.Length : int.Parse(to, CultureInfo.InvariantCulture) + 1;
                http.Response.StatusCode = 206;
                await http.Response.Body.WriteAsync(data.AsMemory(start, end - start));
                break;
            case "/ranges":
            case "/image":
                http.Response.ContentLength = data.Length;
                await http.Response.Body.WriteAsync(data);
                break;
            case "/chunked":
                await http.Response.Body.WriteAsync(data);
                break;
            case "/there":
                http.Response.Redirect("/image");
                break;
            case "/forbidden":
                http.Response.Redirect("http://0x7f.1/image");
                break;
            case "/otherport":
                http.Response.Redirect("http://127.0.0.1:1/image");
                break;
            case "/loop":
                http.Response.Redirect("/loop");
                break;
            case "/short":
                http.Response.ContentLength = data.Length + 1;
                await http.Response.Body.WriteAsync(data);
                await http.Response.Body.FlushAsync();
                http.Abort();
                break;
            case "/weak":
                http.Response.ContentLength = data.Length;
                bool whole = HttpMethods.IsHead(http.Request.Method) || Interlocked.Decrement(ref breaks) < 0;
                await http.Response.Body.WriteAsync(data.AsMemory(0, whole ? data.Length : data.Length / 2));
                await http.Response.Body.FlushAsync();
                if (!whole) http.Abort();
                break;
            case "/slow":
                http.Response.ContentLength = data.Length;
                await http.Response.Body.WriteAsync(data.AsMemory(0, data.Length / 2));
                await http.Response.Body.FlushAsync();
                if (asks.Count(ask => ask.StartsWith("GET /slow", StringComparison.Ordinal)) > SlowAfter)
                {
                    asked.TrySetResult();
                    await goOn.Task;
                }

                await http.Response.Body.WriteAsync(data.AsMemory(data.Length / 2));
                break;
            case "/silent":
                asked.TrySetResult();
                await goOn.Task;
                http.Response.ContentLength = data.Length;
                await http.Response.Body.WriteAsync(data);
                break;
            default:
                http.Response.StatusCode = 404;
                break;
        }
    }
}
