using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Signatures;
using KollaNet.ImageService.KeyManager;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Imports;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Images.Signatures;

/// <summary>Image-api reference 9.4, signatures, and encryption keys, with a real Barbican.</summary>
public sealed class SignatureTests : IAsyncLifetime
{
    private static readonly byte[] Data = RandomNumberGenerator.GetBytes(600_001);
    private static readonly Lazy<Task<IReadOnlyList<MadeSignature>>> Made = new(async () => await SigningSite.SignAsync(await BarbicanServer.StartedAsync(CancellationToken.None), Data, CancellationToken.None));
    private BarbicanServer barbican = null!;
    private ApiServer api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        barbican = await BarbicanServer.StartedAsync(Cancel);
        api = await ApiServer.StartAsync(new ApiServer { Sections = $"[barbican]\nbarbican_endpoint = {barbican.Address}" });
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task Every_kind_of_signature_that_cursive_accepts_is_accepted_and_only_over_its_own_bytes()
    {
        IReadOnlyList<MadeSignature> made = await Made.Value.WaitAsync(Cancel);
        made.Should().HaveCount(8 * 4);
        byte[] other = [.. Data];
        other[^1] ^= 1;
        foreach (MadeSignature signature in made)
        {
            string id = await api.CreateAsync(more: signature.Properties);

            Answer refused = await api.UploadAsync(ApiServer.Owner, id, other);
            (refused.Status, refused.Text.Contains("Signature verification failed: the signature does not belong to the data", StringComparison.Ordinal)).Should().Be((400, true), "{0} {1}", signature, refused.Text);
            ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
            Directory.GetFileSystemEntries(api.ImagesFolder, $"*{id}*").Should().BeEmpty();

            Answer accepted = await api.UploadAsync(ApiServer.Owner, id, Data);
            accepted.Status.Should().Be(204, "{0} {1}", signature, accepted.Text);
        }
    }

    [Fact]
    public async Task What_cannot_be_checked_is_refused_before_a_byte_is_kept()
    {
        MadeSignature good = (await Made.Value.WaitAsync(Cancel)).First(made => made is { KeyType: "RSA-PSS", HashMethod: "SHA-256" });
        string text = await SigningSite.StoreTextAsync(barbican, Cancel);
        foreach ((string token, MadeSignature signature, string why) in new[]
        {
            (ApiServer.Owner, good with { Value = "no base64!" }, "img_signature is not base64"),
            (ApiServer.Owner, good with { HashMethod = "MD5" }, "img_signature_hash_method is not one of SHA-224, SHA-256, SHA-384, SHA-512"),
            (ApiServer.Owner, good with { KeyType = "RSA" }, "img_signature_key_type is not one of"),
            (ApiServer.Owner, good with { KeyType = "DSA" }, "the certificate's key is not of the kind DSA"),
            (ApiServer.Owner, good with { HashMethod = "SHA-512" }, "does not belong to the data"),
            (ApiServer.Owner, good with { CertificateId = Guid.NewGuid().ToString() }, "the key manager answered 404"),
            (ApiServer.Owner, good with { CertificateId = "../consumers" }, "is not the id of a secret"),
            (ApiServer.Owner, good with { CertificateId = text }, "the secret is not an X.509 certificate"),
            (ApiServer.Other, good, "the key manager answered 403"),
        })
        {
            string id = await api.CreateAsync(token, signature.Properties);

            Answer refused = await api.UploadAsync(token, id, Data, "Accept: text/plain");

            refused.Status.Should().Be(400, refused.Text);
            refused.Text.Should().Contain(why);
            ((string?)(await api.GetAsync(token, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
        }

        Directory.GetFileSystemEntries(api.ImagesFolder).Should().BeEmpty();
    }

    [Theory]
    [InlineData(-2, "the certificate is not valid yet")]
    [InlineData(10, "the certificate has expired")]
    public async Task A_certificate_counts_only_in_its_time(int days, string why)
    {
        MadeSignature good = (await Made.Value.WaitAsync(Cancel))[0];
        string id = await api.CreateAsync(more: good.Properties);
        Image image = (await api.Server.Database.Images.FindAsync(id, new Caller { IsAdmin = true }, Cancel))!;
        using var client = new BarbicanClient(new BarbicanOptions(barbican.Address.ToString(), "public", null, true, null));
        var signatures = new ImageSignatures(client, new ManualClock(DateTime.UtcNow.AddDays(days)));

        (await signatures.Awaiting(check => check.OpenAsync(image, new Caller { ProjectId = "p1" }, Cancel)).Should().ThrowAsync<SignatureRefusedException>()).WithMessage($"*{why}*");
    }

    [Fact]
    public async Task An_image_that_lacks_one_of_the_four_properties_is_not_signed()
    {
        string id = await api.CreateAsync(more: "\"img_signature\": \"AAAA\", \"img_signature_key_type\": \"DSA\", \"img_signature_certificate_uuid\": \"x\"");

        (await api.UploadAsync(ApiServer.Owner, id, Data)).Status.Should().Be(204);
    }

    [Fact]
    public async Task Imports_are_checked_too()
    {
        MadeSignature good = (await Made.Value.WaitAsync(Cancel)).First(made => made is { KeyType: "ECC_SECP384R1", HashMethod: "SHA-384" });
        string right = await api.StagedAsync(Data, good.Properties), wrong = await api.StagedAsync([1, 2, 3], good.Properties);
        foreach ((string id, string status, string message) in new[] { (right, "active", "Copied"), (wrong, "queued", "Task failed due to Internal Error: Signature verification failed: the signature does not belong to the data") })
        {
            await api.ImportAsync(id, ImportServer.Glance());

            (JsonNode image, JsonNode task) = await api.SettledAsync(id);

            ((string?)image["status"]).Should().Be(status, task.ToJsonString());
            ((string?)task["message"]).Should().StartWith(message);
        }

        Directory.GetFiles(api.ImagesFolder).Select(Path.GetFileName).Should().Equal(right);
    }

    [Fact]
    public async Task The_key_manager_is_found_in_the_callers_catalog()
    {
        MadeSignature good = (await Made.Value.WaitAsync(Cancel)).First(made => made is { KeyType: "DSA", HashMethod: "SHA-224" });
        await using ApiServer plain = await ApiServer.StartAsync(new ApiServer { Sections = "[barbican]\nbarbican_endpoint_type = internal" });
        plain.Keystone.Add("catalog-token", "p1", ["member", "reader"], edit: token => token["catalog"] = JsonNode.Parse($$"""
            [{"type": "identity", "endpoints": []}, {"type": "key-manager", "endpoints": [
                {"interface": "public", "region_id": "one", "url": "http://127.0.0.1:9"}, {"interface": "internal", "region_id": "one", "url": "{{barbican.Address}}v1"}]}]
            """));
        string id = await plain.CreateAsync("catalog-token", good.Properties);

        (await plain.UploadAsync(ApiServer.Owner, id, Data)).Text.Should().Contain("no key manager is known");
        (await plain.UploadAsync("catalog-token", id, Data)).Status.Should().Be(204);
    }

    [Fact]
    public async Task The_key_of_an_encrypted_volume_goes_with_its_image_when_the_image_says_so()
    {
        string going = await SigningSite.StoreTextAsync(barbican, Cancel), staying = await SigningSite.StoreTextAsync(barbican, Cancel);
        string deletes = await api.CreateAsync(more: $"\"cinder_encryption_key_id\": \"{going}\", \"cinder_encryption_key_deletion_policy\": \"on_image_deletion\"");
        string keeps = await api.CreateAsync(more: $"\"cinder_encryption_key_id\": \"{staying}\", \"cinder_encryption_key_deletion_policy\": \"do_not_delete\"");
        string unknown = await api.CreateAsync(more: $"\"cinder_encryption_key_id\": \"{Guid.NewGuid()}\", \"cinder_encryption_key_deletion_policy\": \"on_image_deletion\"");

        foreach (string id in new[] { deletes, keeps, unknown }) (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204, "errors of the key manager are only logged");

        (await SigningSite.HasAsync(barbican, going, Cancel)).Should().BeFalse();
        (await SigningSite.HasAsync(barbican, staying, Cancel)).Should().BeTrue();
    }
}
