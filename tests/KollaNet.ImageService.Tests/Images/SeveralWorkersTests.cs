using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Peers;
using KollaNet.TestHost;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>Two workers over one MariaDB and one file store behave as one.</summary>
public sealed class SeveralWorkersTests : IAsyncLifetime
{
    private readonly ManualClock clock = new(DateTime.UtcNow);
    private ApiServer first = null!;
    private ImageServer second = null!;
    private HttpClient secondHttp = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private GlanceUnderTest First => GlanceUnderTest.Ours(first);

    private GlanceUnderTest Second => GlanceUnderTest.Over("the second worker", secondHttp);

    public async ValueTask InitializeAsync()
    {
        first = await ApiServer.StartAsync(new ApiServer
        {
            SecondStore = true,
            Time = clock,
            Database = async cancel => await (await MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("workers", cancel),
        });
        second = ImageServer.Create(GlanceOptions.Load([first.ConfigFile], []), new LineLog(TextWriter.Null), clock);
        await second.StartAsync(Cancel);
        secondHttp = new HttpClient { BaseAddress = second.Address };
    }

    public async ValueTask DisposeAsync()
    {
        secondHttp.Dispose();
        await second.DisposeAsync();
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Uploads_changes_and_deletions_through_both_at_once_end_as_through_one()
    {
        Crowd crowd = new(First, Second);

        await crowd.WorkAsync(people: 8, imagesEach: 5);
        await crowd.RaceUploadsAsync(images: 10);

        await crowd.ShouldAgreeAsync(first.ImagesFolder);
    }

    [Fact]
    public async Task Of_two_imports_of_one_image_one_is_taken_and_a_deletion_through_the_other_worker_leaves_nothing()
    {
        for (int i = 0; i < 5; i++)
        {
            string id = await First.CreateAsync(Owner, $"\"name\": \"imported {i}\"");
            await Second.DoAsync(Owner, "PUT", $"/v2/images/{id}/stage", Octets(new byte[500_000]));
            Answer[] answers = await Task.WhenAll(ImportAsync(First, id), ImportAsync(Second, id));
            answers.Select(answer => answer.Status).Order().Should().Equal([202, 409], string.Join('\n', answers.Select(answer => answer.Text)));
            if (i % 2 == 0) await Second.BecomesAsync(id, "active");
            await Second.DoAsync(Owner, "DELETE", $"/v2/images/{id}");
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (new[] { first.ImagesFolder, first.CheapFolder, first.StagingFolder }.Any(folder => Directory.EnumerateFileSystemEntries(folder).Any())) await Task.Delay(50, patience.Token);
    }

    [Fact]
    public async Task Recovery_of_one_worker_leaves_the_others_live_upload_alone_and_ends_a_dead_one()
    {
        string live = await First.CreateAsync(Owner, "\"name\": \"live\""), dead = await First.CreateAsync(Owner, "\"name\": \"dead\"");
        await second.Database.Images.ChangeAsync(dead, image => Task.FromResult(UploadOwnership.Take(image with { Status = ImageStatus.Saving })), Cancel);
        Pipe body = new();
        Task<Answer> upload = First.SendAsync(Owner, "PUT", $"/v2/images/{live}/file", new StreamContent(body.Reader.AsStream()) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } });
        await body.Writer.WriteAsync(new byte[300_000], Cancel);
        await Second.BecomesAsync(live, "saving");

        // Both look for dead uploads once a minute; a live one gives a sign three times as often.
        for (int i = 0; i < 9; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(20));
            await SeenAliveAsync(live);
        }

        await Second.BecomesAsync(dead, "queued");
        ((string?)(await Second.GetAsync(Owner, $"/v2/images/{live}"))["status"]).Should().Be("saving");
        await body.Writer.WriteAsync(new byte[] { 1, 2, 3 }, Cancel);
        await body.Writer.CompleteAsync();
        (await upload).Status.Should().Be(204);
        (await Second.DoAsync(Owner, "GET", $"/v2/images/{live}/file")).Body.Should().HaveCount(300_003).And.EndWith([1, 2, 3]);
        await Second.UploadAsync(Owner, dead, "alive again");
    }

    private static Task<Answer> ImportAsync(GlanceUnderTest worker, string id) =>
        worker.SendAsync(Owner, "POST", $"/v2/images/{id}/import", Json("""{"method": {"name": "glance-direct"}, "all_stores": true}"""));

    /// <summary>Returns when the upload has given a sign of life after the clock last moved.</summary>
    private async Task SeenAliveAsync(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        DateTime now = clock.GetUtcNow().UtcDateTime.AddSeconds(-1);
        while (true)
        {
            JsonNode image = await Second.GetAsync(Owner, $"/v2/images/{id}");
            if (DateTime.Parse((string)image["updated_at"]!, null, System.Globalization.DateTimeStyles.AdjustToUniversal) >= now) return;
            await Task.Delay(20, patience.Token);
        }
    }
}
