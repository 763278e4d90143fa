using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>People who work at the same time on two services over one database and one folder, each step through whichever service comes next.</summary>
internal sealed class Crowd(GlanceUnderTest one, GlanceUnderTest other)
{
    private readonly ConcurrentDictionary<string, string> alive = new();
    private readonly ConcurrentBag<string> gone = [];

    /// <summary>Everybody makes, fills, changes and in part deletes images of his own.</summary>
    public Task WorkAsync(int people, int imagesEach) =>
        Task.WhenAll(Enumerable.Range(0, people).Select(person => Task.Run(async () =>
        {
            for (int i = 0; i < imagesEach; i++) await LifeOfAnImageAsync(person, i);
        })));

    /// <summary>Two uploads to one image, one through each service, started together: one is taken, the other refused, and the data is that of the first.</summary>
    public async Task RaceUploadsAsync(int images)
    {
        for (int i = 0; i < images; i++)
        {
            string id = await one.CreateAsync(Owner, $"\"name\": \"raced {i}\"");
            string[] texts = [$"first {i} {new string('1', 100_000)}", $"other {i} {new string('2', 100_000)}"];
            Answer[] answers = await Task.WhenAll(UploadAsync(one, id, texts[0]), UploadAsync(other, id, texts[1]));
            int[] statuses = [.. answers.Select(answer => answer.Status).Order()];
            statuses[0].Should().Be(204, string.Join('\n', answers.Select(answer => answer.Text)));
            statuses[1].Should().BeOneOf([409, 410], "Glance says 410 when its image has changed under it");
            alive[id] = texts[Array.FindIndex(answers, answer => answer.Status == 204)];
        }
    }

    /// <summary>Both services show what is left, with its data and changes, and nothing of what was deleted; nor does the folder hold anything else.</summary>
    public async Task ShouldAgreeAsync(string folder)
    {
        foreach (GlanceUnderTest glance in (GlanceUnderTest[])[one, other])
        {
            foreach ((string id, string text) in alive)
            {
                Answer data = await glance.DoAsync(Owner, "GET", $"/v2/images/{id}/file");
                data.Text.Should().Be(text, $"{glance} serves {id}");
            }

            foreach (string id in gone) (await glance.SendAsync(Admin, "GET", $"/v2/images/{id}")).Status.Should().Be(404);
        }

        (await SiteSnapshot.TakeAsync(one)).ShouldBe(await SiteSnapshot.TakeAsync(other));
        Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!).Should().BeEquivalentTo(alive.Keys);
    }

    private async Task LifeOfAnImageAsync(int person, int i)
    {
        int step = person + i;
        GlanceUnderTest Next() => step++ % 2 == 0 ? one : other;
        string text = string.Create(CultureInfo.InvariantCulture, $"{person} {i} {new string((char)('a' + person), 20_000 * i)}");
        string id = await Next().CreateAsync(Owner, $"\"name\": \"{person}-{i}\", \"visibility\": \"shared\", \"tags\": [\"kept\"], \"by\": \"{person}\"");
        await Next().UploadAsync(Owner, id, text);
        await Next().PatchAsync(Owner, id, """[{"op": "add", "path": "/more", "value": "1"}, {"op": "remove", "path": "/by"}]""");
        await Next().DoAsync(Owner, "POST", $"/v2/images/{id}/members", Json("""{"member": "p2"}"""));
        await Next().DoAsync(Other, "PUT", $"/v2/images/{id}/members/p2", Json("""{"status": "accepted"}"""));
        await Next().DoAsync(Owner, "PUT", $"/v2/images/{id}/tags/later");
        JsonNode seen = await Next().GetAsync(Other, $"/v2/images/{id}");
        ((string?)seen["more"], seen["by"], seen["tags"]!.AsArray().Count).Should().Be(("1", null, 2));
        if (i % 3 == 2)
        {
            await Next().DoAsync(Owner, "DELETE", $"/v2/images/{id}");
            gone.Add(id);
        }
        else
        {
            alive[id] = text;
        }
    }

    private static Task<Answer> UploadAsync(GlanceUnderTest glance, string id, string text) => glance.SendAsync(Owner, "PUT", $"/v2/images/{id}/file", Octets(Encoding.UTF8.GetBytes(text)));
}
