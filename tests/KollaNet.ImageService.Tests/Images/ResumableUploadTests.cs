using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Stores;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>Uploads over several connections, against the real service.</summary>
public sealed class ResumableUploadTests : IAsyncLifetime
{
    private const int Size = 3_000_001;

    private readonly byte[] content = RandomNumberGenerator.GetBytes(Size);
    private ApiServer api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => api = await ApiServer.StartAsync(new ApiServer { Default = "user_storage_quota = 10000000\nimage_size_cap = 9000000" });

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task The_script_of_the_manual_uploads_a_file_over_connections_that_break()
    {
        await TestMachine.EnsurePackagesAsync(Cancel, "curl");
        string manual = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "image-service.md"), Cancel);
        string script = manual[manual.IndexOf("#!/bin/bash\n# resume IMAGE FILE", StringComparison.Ordinal)..], file = Path.Combine(api.Folder, "disk");
        await File.WriteAllTextAsync(Path.Combine(api.Folder, "resume"), script[..script.IndexOf("```", StringComparison.Ordinal)], Cancel);
        await File.WriteAllBytesAsync(file, content, Cancel);
        string id = await api.CreateAsync();
        await using var link = new FaultyLink(api.Address.Port) { Usual = new LinkFault { MostUpBytes = 1_300_000 } };
        using Process resume = Process.Start(new ProcessStartInfo("bash", [Path.Combine(api.Folder, "resume"), id, file])
        {
            Environment = { ["GLANCE"] = $"http://127.0.0.1:{link.Port}", ["TOKEN"] = ApiServer.Owner },
            RedirectStandardOutput = true,
        })!;
        await resume.WaitForExitAsync(Cancel);
        resume.ExitCode.Should().Be(0, await resume.StandardOutput.ReadToEndAsync(Cancel));
        link.Connections.Should().BeGreaterThan(3, "one connection takes less than half of it");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(content);
    }

    [Fact]
    public async Task Connections_cut_anywhere_and_services_that_restart_cost_nothing_that_came_before()
    {
        string id = await api.CreateAsync();
        var random = new Random(4711);
        long offset = 0;
        for (int cut = 0; cut < 6; cut++)
        {
            offset.Should().BeLessThan(Size);
            int sent = (int)Math.Min(Size - offset - 1, random.Next(1, Size / 6));
            await SendAndCutAsync(id, offset, sent);
            if (cut % 2 == 1)
            {
                await api.Server.DisposeAsync();
                await api.StartServerAsync(TimeProvider.System);
            }

            long before = offset;
            offset = await SettledOffsetAsync(id);
            offset.Should().BeInRange(before + 1, before + sent);
            ((string?)(await ImageAsync(id))["status"]).Should().Be("queued");
            Directory.GetFiles(api.ImagesFolder).Should().BeEmpty("the store is written once, at the end");
        }

        Answer wrong = await PutAsync(id, offset - 1, content[(int)(offset - 1)..]);
        (wrong.Status, wrong.Header("Upload-Offset")).Should().Be((409, offset.ToString(CultureInfo.InvariantCulture)));
        Answer last = await PutAsync(id, offset, content[(int)offset..], $"Repr-Digest: sha-256=:{Convert.ToBase64String(SHA256.HashData(content))}:");

        last.Status.Should().Be(204, last.Text);
        JsonNode image = await ImageAsync(id);
        ((string?)image["status"], (long)image["size"]!, (string?)image["checksum"], (string?)image["os_hash_value"]).Should().Be(
#pragma warning disable CA5351 // Glance's checksum is an MD5.
            ("active", Size, Convert.ToHexStringLower(MD5.HashData(content)), Convert.ToHexStringLower(SHA512.HashData(content))));
#pragma warning restore CA5351
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(content);
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
        (await AskAsync(id)).Status.Should().Be(204, "whoever lost the last answer asks again");
    }

    [Fact]
    public async Task Two_services_on_one_folder_take_turns_and_one_writes_at_a_time()
    {
        string id = await api.CreateAsync();
        ImageServer first = api.Server;
        await using (first)
        {
            using TcpClient open = await BeginAsync(id, 0, 1000);
            await OffsetAsync(id, 1000);
            await api.StartServerAsync(TimeProvider.System);

            (await PutAsync(id, 1000, content[1000..])).Status.Should().Be(409, "the first connection is still open");
            open.LingerState = new LingerOption(true, 0);
            open.Close();

            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            Answer taken;
            while ((taken = await PutAsync(id, 1000, content[1000..])).Status == 409) await Task.Delay(50, patience.Token);
            taken.Status.Should().Be(204, taken.Text);
            (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(content);
        }
    }

    [Fact]
    public async Task An_empty_image_is_complete_when_it_is_asked_for()
    {
        string id = await api.CreateAsync();
        (await RangedAsync(id, "bytes */0", [])).Status.Should().Be(204);
        JsonNode image = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        ((string?)image["status"], (long?)image["size"]).Should().Be(("active", 0));
        (await RangedAsync(id, "bytes */0", [])).Status.Should().Be(204, "the last answer may have been lost");
        (await AskAsync(id)).Status.Should().Be(409, "it has other data");
        Directory.GetFiles(api.StagingFolder).Should().BeEmpty();

        string begun = await api.CreateAsync();
        (await PutAsync(begun, 0, content[..10])).Status.Should().Be(202);
        (await RangedAsync(begun, "bytes */0", [])).Status.Should().Be(202, "what came is of another size, and a question takes nothing away");
        (await PutAsync(begun, 10, content[10..])).Status.Should().Be(204);
    }

    [Fact]
    public async Task Whoever_may_not_upload_may_not_resume_and_bad_ranges_change_nothing()
    {
        string id = await api.CreateAsync(more: "\"visibility\": \"shared\"");
        (await PutAsync(id, 0, content[..10])).Status.Should().Be(202);

        (await PutAsync(id, 10, content[10..20], token: ApiServer.Other)).Status.Should().Be(404);
        (await PutAsync(id, 10, content[10..20], token: ApiServer.Reader)).Status.Should().Be(403);
        foreach (string range in new[] { "", "bytes", "bytes 0-9", "bytes 0-9/*", "bytes 9-0/100", "bytes 90-100/100", "bytes -1-5/10", "bytes */0", "lines 0-9/10", "bytes 0-9223372036854775808/9223372036854775809" })
            (await RangedAsync(id, range, content[..10])).Status.Should().Be(400, range);
        (await RangedAsync(id, "bytes 10-29/3000001", content[..10])).Status.Should().Be(400, "fewer bytes than the range has");
        (await RangedAsync(id, "bytes 10-19/3000001", content[..10], "x-openstack-image-size: 5")).Status.Should().Be(400);
        (await RangedAsync(id, "bytes 10-19/3000001", content[..10], "x-image-meta-store: nowhere")).Status.Should().Be(400);
        (await RangedAsync(id, "bytes 10-19/3000001", content[..10], "Content-MD5: 00000000000000000000000000000000")).Status.Should().Be(400);
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/file", ApiServer.Json("{}"), "Content-Range: bytes 10-11/3000001")).Status.Should().Be(415);
        (await RangedAsync(id, "bytes 0-9/9000001", content[..10])).Status.Should().Be(413, "image_size_cap");
        (await OffsetAsync(id)).Should().Be(10);

        string unformed = (string)(await api.PostAsync(ApiServer.Owner, "/v2/images", "{}")).Json["id"]!;
        (await PutAsync(unformed, 0, content[..10])).Status.Should().Be(400, "no formats");
        string active = await api.CreateActiveAsync();
        (await PutAsync(active, 0, content[..10])).Status.Should().Be(409);
    }

    [Fact]
    public async Task A_plain_upload_that_is_cut_still_leaves_nothing_and_one_that_is_not_takes_the_place_of_parts()
    {
        string id = await api.CreateAsync();
        (await PutAsync(id, 0, content[..10])).Status.Should().Be(202);
        using (TcpClient open = await ConnectAsync(id, $"Content-Length: {Size}", content.AsMemory(0, 100_000)))
        {
            using var saving = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while ((string?)(await ImageAsync(id))["status"] is not "saving") await Task.Delay(20, saving.Token);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((string?)(await ImageAsync(id))["status"] is not "queued") await Task.Delay(20, patience.Token);
        Directory.GetFiles(api.ImagesFolder).Should().BeEmpty();

        (await api.UploadAsync(ApiServer.Owner, id, [1, 2, 3])).Status.Should().Be(204);
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task Complete_data_that_is_refused_leaves_nothing_and_the_image_can_be_uploaded_again()
    {
        string id = await api.CreateAsync();
        Answer wrong = await PutAsync(id, 0, content, $"Repr-Digest: sha-512=:{Convert.ToBase64String(new byte[64])}:");
        wrong.Status.Should().Be(400);
        wrong.Text.Should().Contain("Checksum mismatch");
        (await OffsetAsync(id)).Should().Be(0);
        byte[] hidden = [.. "QFI\xfb"u8[..3], 0xfb, 0, 0, 0, 2, .. new byte[8], .. content[..1000]];
        string dangerous = (string)(await api.PostAsync(ApiServer.Owner, "/v2/images", """{"disk_format": "vmdk", "container_format": "bare"}""")).Json["id"]!;
        (await RangedAsync(dangerous, $"bytes 0-{hidden.Length - 1}/{hidden.Length}", hidden)).Status.Should().Be(415);

        foreach (string image in new[] { id, dangerous }) ((string?)(await ImageAsync(image))["status"]).Should().Be("queued");
        foreach (string folder in new[] { api.ImagesFolder, api.StagingFolder }) Directory.GetFileSystemEntries(folder).Should().BeEmpty(folder);
        (await PutAsync(id, 0, content)).Status.Should().Be(204);
    }

    [Fact]
    public async Task Parts_that_wait_count_against_the_quota_as_the_whole_they_will_be()
    {
        string waiting = await api.CreateAsync(), plain = await api.CreateAsync(), second = await api.CreateAsync();
        (await RangedAsync(waiting, "bytes 0-9/8000000", content[..10])).Status.Should().Be(202);

        (await api.UploadAsync(ApiServer.Owner, plain, content)).Status.Should().Be(413);
        (await RangedAsync(second, $"bytes 0-9/{Size}", content[..10])).Status.Should().Be(413);
        Directory.GetFiles(api.StagingFolder).Should().HaveCount(1);
        (await api.UploadAsync(ApiServer.Owner, waiting, content)).Status.Should().Be(204, "its own parts do not count");

        (await api.UploadAsync(ApiServer.Owner, plain, content)).Status.Should().Be(204);
        (await PutAsync(second, 0, content)).Status.Should().Be(204);
        string fourth = await api.CreateAsync();
        (await PutAsync(fourth, 0, content[..10])).Status.Should().Be(413, "three of them are there");
    }

    [Fact]
    public async Task Of_uploads_that_run_at_once_no_more_are_taken_than_the_quota_has_room_for()
    {
        string[] ids = [.. await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.CreateAsync()))];

        int[] statuses = await Task.WhenAll(ids.Select(async (id, i) => i % 2 == 0
            ? (await api.UploadAsync(ApiServer.Owner, id, content)).Status
            : (await PutAsync(id, 0, content)).Status));

        statuses.Should().OnlyContain(status => status == 204 || status == 413);
        statuses.Count(status => status == 204).Should().BeInRange(1, 3, "10,000,000 bytes hold three of 3,000,001");
        long stored = new DirectoryInfo(api.ImagesFolder).GetFiles().Sum(file => file.Length);
        stored.Should().Be((long)Size * statuses.Count(status => status == 204));
    }

    [Fact]
    public async Task Parts_go_after_a_day_and_with_their_image()
    {
        string old = await api.CreateAsync(), deleted = await api.CreateAsync(), young = await api.CreateAsync();
        foreach (string id in new[] { old, deleted, young }) (await PutAsync(id, 0, content[..10])).Status.Should().Be(202);
        string file = Directory.GetFiles(api.StagingFolder, $"*{old}*").Single();
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-25));
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{deleted}")).Status.Should().Be(204);
        await api.Server.DisposeAsync();

        await api.StartServerAsync(TimeProvider.System);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Directory.GetFiles(api.StagingFolder).Length != 1) await Task.Delay(20, patience.Token);
        (await OffsetAsync(young)).Should().Be(10);
        (await OffsetAsync(old)).Should().Be(0);
    }

    private Task<Answer> PutAsync(string id, long start, byte[] part, string? header = null, string token = ApiServer.Owner) => api.SendAsync(
        token, "PUT", $"/v2/images/{id}/file", ApiServer.Octets(part), [$"Content-Range: bytes {start}-{start + part.Length - 1}/{Size}", .. header is null ? Array.Empty<string>() : [header]]);

    private Task<Answer> RangedAsync(string id, string range, byte[] part, params string[] headers) =>
        api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/file", ApiServer.Octets(part), [$"Content-Range: {range}", .. headers]);

    private Task<Answer> AskAsync(string id) => RangedAsync(id, $"bytes */{Size}", []);

    private async Task<long> OffsetAsync(string id)
    {
        Answer answer = await AskAsync(id);
        answer.Status.Should().Be(202, answer.Text);
        return long.Parse(answer.Header("Upload-Offset")!, CultureInfo.InvariantCulture);
    }

    private async Task OffsetAsync(string id, long wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await OffsetAsync(id) != wanted) await Task.Delay(20, patience.Token);
    }

    /// <summary>The offset once no connection writes any more: a part that does not fit is refused for its offset, not for being second.</summary>
    private async Task<long> SettledOffsetAsync(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            if ((await PutAsync(id, Size - 1, [0])).Header("Upload-Offset") is { } offset) return long.Parse(offset, CultureInfo.InvariantCulture);
            await Task.Delay(20, patience.Token);
        }
    }

    private async Task<JsonNode> ImageAsync(string id) => (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;

    private async Task SendAndCutAsync(string id, long offset, int count)
    {
        using TcpClient client = await BeginAsync(id, offset, count);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await OffsetAsync(id) == offset) await Task.Delay(5, patience.Token);   // Some of it has come; how much is chance.
        if (count % 2 == 0) client.LingerState = new LingerOption(true, 0);   // A reset; else a tidy end.
    }

    private Task<TcpClient> BeginAsync(string id, long offset, int count) => ConnectAsync(
        id, $"Content-Length: {Size - offset}\r\nContent-Range: bytes {offset}-{Size - 1}/{Size}", content.AsMemory((int)offset, count));

    private async Task<TcpClient> ConnectAsync(string id, string headers, ReadOnlyMemory<byte> body)
    {
        var client = new TcpClient();
        await client.ConnectAsync(api.Address.Host, api.Address.Port, Cancel);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PUT /v2/images/{id}/file HTTP/1.1\r\nHost: {api.Address.Authority}\r\nX-Auth-Token: {ApiServer.Owner}\r\nContent-Type: application/octet-stream\r\n{headers}\r\n\r\n"), Cancel);
        await stream.WriteAsync(body, Cancel);
        return client;
    }
}
