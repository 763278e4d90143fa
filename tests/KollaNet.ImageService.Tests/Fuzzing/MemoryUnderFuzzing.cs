using System.Globalization;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Hosting;

namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>What hostile clients make a service of its own process hold on to.</summary>
public sealed class MemoryUnderFuzzing : IDisposable
{
    /// <summary>Generous: a body is at most 1 MiB, and four clients send at once.</summary>
    private const int MostMiB = 150;

    private readonly ServiceFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_stays_bounded_whatever_bodies_come()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        folder.Configure();
        await using ServiceProcess service = await ServiceProcess.ServeAsync(folder.ConfigFile);
        string[] images = [await MakeAsync(service.Http), await MakeAsync(service.Http)];
        foreach ((string path, string body) in MetadefGrammar.Beginnings) (await service.Http.PostAsync(new Uri(path, UriKind.Relative), ApiServer.Json(body), cancel)).EnsureSuccessStatusCode();
        await SendAsync(service, images, seed: 1, requests: 20);
        long before = PeakMiB(service.Id);

        await Task.WhenAll(Enumerable.Range(2, 4).Select(seed => SendAsync(service, images, seed, requests: 75)));

        (PeakMiB(service.Id) - before).Should().BeLessThan(MostMiB, "it was {0} MiB before", before);
        (await service.Http.GetStringAsync(new Uri("/healthcheck", UriKind.Relative), cancel)).Should().Be("OK");
    }

    private static async Task SendAsync(ServiceProcess service, string[] images, int seed, int requests)
    {
        var hostile = new HostileRequests(new Random(seed), images);
        for (int i = 0; i < requests; i++)
        {
            byte[] request = (i % 5) switch
            {
                0 => hostile.Body(),
                1 => hostile.Patch(),
                _ => hostile.Metadef(),
            };
            int status = RawExchange.StatusOf(await RawExchange.SendAsync(service.Http.BaseAddress!, request)) ?? 0;
            status.Should().BeLessThan(500, "it is request {0} of seed {1}", i, seed);
        }
    }

    private static async Task<string> MakeAsync(HttpClient http)
    {
        using HttpResponseMessage made = await http.PostAsync(new Uri("/v2/images", UriKind.Relative), ApiServer.Json("{}"), TestContext.Current.CancellationToken);
        return made.EnsureSuccessStatusCode().Headers.Location!.Segments[^1];
    }

    /// <summary>The most memory a process has had in use so far. Source: proc(5), VmHWM.</summary>
    private static long PeakMiB(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
