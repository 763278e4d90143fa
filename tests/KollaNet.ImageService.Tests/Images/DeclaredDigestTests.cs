using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Imports;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>Checksums that clients declare, on every way that data comes in.</summary>
public sealed class DeclaredDigestTests : IAsyncLifetime
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3))];
    private ApiServer api = null!;
    private WebServer web = null!;

    public async ValueTask InitializeAsync()
    {
        web = await WebServer.StartAsync(Content);
        api = await ApiServer.StartAsync(new ApiServer { Sections = $"[import_filtering_opts]\nallowed_hosts = 127.0.0.1\nallowed_ports = {web.Port}" });
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await web.DisposeAsync();
    }

#pragma warning disable CA5351 // Glance's checksum is an MD5.
    public static TheoryData<string, string> Right => new()
    {
        { "Content-MD5", Convert.ToHexString(MD5.HashData(Content)) },
        { "Content-MD5", Convert.ToBase64String(MD5.HashData(Content)) },
        { "Content-Digest", $"sha-256=:{Convert.ToBase64String(SHA256.HashData(Content))}:" },
        { "Repr-Digest", $"unixsum=:AAA=:, sha-256=:{Convert.ToBase64String(SHA256.HashData(Content))}:, sha-512=:{Convert.ToBase64String(SHA512.HashData(Content))}:" },
    };
#pragma warning restore CA5351

    public static TheoryData<string, string> Wrong => new()
    {
        { "Content-MD5", new string('0', 32) },
        { "Content-MD5", Convert.ToBase64String(new byte[16]) },
        { "Content-Digest", $"sha-512=:{Convert.ToBase64String(new byte[64])}:" },
        { "Repr-Digest", $"sha-256=:{Convert.ToBase64String(SHA256.HashData(Content))}:, sha-512=:{Convert.ToBase64String(new byte[64])}:" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public async Task The_right_one_passes(string header, string value)
    {
        string id = await api.CreateAsync(), staged = await api.CreateAsync();

        (await api.UploadAsync(ApiServer.Owner, id, Content, $"{header}: {value}")).Status.Should().Be(204);
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{staged}/stage", ApiServer.Octets(Content), $"{header}: {value}")).Status.Should().Be(204);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_one_is_refused_with_nothing_kept(string header, string value)
    {
        string id = await api.CreateAsync();
        foreach (string way in new[] { "file", "stage" })
        {
            Answer answer = await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/{way}", ApiServer.Octets(Content), $"{header}: {value}");

            answer.Status.Should().Be(400, way);
            answer.Text.Should().Contain("Checksum mismatch");
            ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
        }

        foreach (string folder in new[] { api.ImagesFolder, api.StagingFolder }) Directory.GetFileSystemEntries(folder).Should().BeEmpty(folder);
        (await api.UploadAsync(ApiServer.Owner, id, Content)).Status.Should().Be(204);
    }

    [Theory]
    [InlineData("Content-MD5", "abc")]
    [InlineData("Content-Digest", "sha-256=AAAA")]
    [InlineData("Content-Digest", "sha-256=:AAAA:")]
    [InlineData("Repr-Digest", "unixsum=:AAA=:")]
    [InlineData("Repr-Digest", ",")]
    public async Task One_that_cannot_be_read_or_verified_is_refused_before_anything_happens(string header, string value)
    {
        string id = await api.CreateAsync();

        (await api.UploadAsync(ApiServer.Owner, id, Content, $"{header}: {value}")).Status.Should().Be(400);
    }

    [Fact]
    public async Task Imports_are_held_to_it_too()
    {
        string right = $"Repr-Digest: sha-256=:{Convert.ToBase64String(SHA256.HashData(Content))}:", wrong = $"Repr-Digest: sha-256=:{Convert.ToBase64String(new byte[32])}:";
        foreach ((string header, string status, string ended) in new[] { (right, "active", "success"), (wrong, "queued", "failure") })
        {
            string staged = await api.StagedAsync(Content), fetched = await api.CreateAsync();
            (await api.ImportAsync(staged, Glance(), headers: header)).Status.Should().Be(202);
            (await api.ImportAsync(fetched, Web(web.Url + "/image"), headers: header)).Status.Should().Be(202);

            foreach (string id in new[] { staged, fetched })
            {
                (JsonNode image, JsonNode task) = await api.SettledAsync(id);
                ((string?)image["status"], (string?)task["status"]).Should().Be((status, ended));
                if (status == "queued") ((string?)task["message"]).Should().Contain("Checksum mismatch");
                else ((string?)task["message"]).Should().Contain("(100%)");
            }
        }

        Directory.GetFiles(api.ImagesFolder).Should().HaveCount(2);
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
        string active = await api.CreateActiveAsync();
        (await api.ImportAsync(active, Glance("copy-image"), ApiServer.Admin, right)).Status.Should().Be(400);
    }
}
