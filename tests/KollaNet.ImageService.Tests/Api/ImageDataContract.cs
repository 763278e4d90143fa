using System.Security.Cryptography;
using System.Text;

namespace KollaNet.ImageService.Tests.Api;

public abstract class ImageDataContract(ApiServer api)
{
    [Theory]
    [InlineData(null, 200, "0123456789", null)]
    [InlineData("bytes=2-4", 206, "234", "bytes 2-4/10")]
    [InlineData("bytes=7-", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-3", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=8-100", 206, "89", "bytes 8-9/10")]
    [InlineData("bytes=-100", 206, "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=10-", 416, null, null)]
    [InlineData("bytes=5-4", 416, null, null)]
    [InlineData("bytes=-0", 416, null, null)]
    [InlineData("bytes=x", 416, null, null)]
    [InlineData("bytes=a-b", 416, null, null)]
    [InlineData("lines=1-2", 416, null, null)]
    [InlineData("bytes=0-1,3-4", 400, null, null)]
    public async Task Ranges_are_served(string? range, int status, string? body, string? contentRange)
    {
        string id = await api.CreateActiveAsync();
        Answer answer = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file", range is null ? [] : [$"Range: {range}"]);
        answer.Status.Should().Be(status);
        if (body is null) return;
        answer.Text.Should().Be(body);
        answer.Header("Content-Range").Should().Be(contentRange);
        answer.Header("Content-Type").Should().Be("application/octet-stream");
        answer.ContentHeaders.ContentLength.Should().Be(body.Length);
        answer.Header("Content-MD5").Should().Be("781e5e245d69b566979b86e28d23f2c7", "it is the whole image's, as hex");
    }

    [Theory]
    [InlineData("bytes 2-4/10", 206, "234")]
    [InlineData("bytes 2-4/*", 206, "234")]
    [InlineData("bytes 0-0/10", 206, "0")]
    [InlineData("bytes 8-100/10", 206, "89")]
    [InlineData("bytes 2-4/11", 416, null)]
    [InlineData("bytes 10-12/10", 416, null)]
    [InlineData("bytes 4-2/10", 416, null)]
    [InlineData("bytes */10", 416, null)]
    [InlineData("bytes 2-4", 416, null)]
    [InlineData("lines 2-4/10", 416, null)]
    public async Task Old_clients_ask_for_a_part_by_content_range(string contentRange, int status, string? body)
    {
        string id = await api.CreateActiveAsync();
        Answer answer = await api.SendAsync(ApiServer.Owner, "GET", $"/v2/images/{id}/file", new ByteArrayContent([]), $"Content-Range: {contentRange}");
        answer.Status.Should().Be(status, answer.Text);
        if (body is null) return;
        answer.Text.Should().Be(body);
        answer.Header("Content-Range").Should().StartWith("bytes ").And.EndWith("/10");
    }

    [Theory]
    [InlineData("image.png", 415)]
    [InlineData("application/octet-stream; charset=utf-8", 415)]
    [InlineData("application/OCTET-STREAM", 415)]
    [InlineData("", 415)]
    public async Task Data_has_exactly_one_media_type(string mediaType, int status)
    {
        string id = await api.CreateAsync();
        var data = new ByteArrayContent([1]);
        if (mediaType.Length > 0) data.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/file", data)).Status.Should().Be(status);
        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
    }

    [Theory]
    [InlineData("raw", "QED\0")]
    [InlineData("qcow2", "no qcow2 at all")]
    [InlineData("raw", "QFI\u00fb\0\0\0\u0002\0\0\0\0\0\0\u0001\0")]
    public async Task Content_that_is_refused_is_not_kept_and_the_image_may_be_tried_again(string format, string begins)
    {
        string id = await api.CreateAsync(more: $"\"disk_format\": \"{format}\"");
        byte[] data = [.. Encoding.Latin1.GetBytes(begins), .. new byte[70_000]];
        Answer refused = await api.UploadAsync(ApiServer.Owner, id, data);
        refused.Status.Should().Be(415, refused.Text);
        Answer left = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        ((string?)left.Json["status"], left.Json["size"], left.Json["checksum"], left.Json["stores"]).Should().Be(("queued", null, null, null));
        Directory.GetFiles(api.ImagesFolder, $"*{id}*").Should().BeEmpty();
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/disk_format", "value": "raw"}]""")).Status.Should().Be(200);
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(204);
    }

    [Fact]
    public async Task Data_that_lies_there_already_is_not_overwritten()
    {
        string id = await api.CreateAsync(), file = Path.Combine(api.ImagesFolder, id);
        await File.WriteAllTextAsync(file, "somebody's", TestContext.Current.CancellationToken);
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(409);
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Should().Be("somebody's");
        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
        File.Delete(file);
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(204);
    }

    [Fact]
    public async Task An_upload_that_was_let_in_ends_well_though_its_token_ends()
    {
        await using ApiServer strict = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Sections = "[keystone_authtoken]\ntoken_cache_time = -1" });
        string id = await strict.CreateAsync();
        using var begun = new HeldUpload(strict, id);
        await begun.HasBegunAsync();
        strict.Keystone.Revoke(ApiServer.Owner);
        (await strict.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Status.Should().Be(401);
        (await begun.FinishAsync()).Should().Be(204);
        ((string?)(await strict.GetAsync(ApiServer.Admin, $"/v2/images/{id}")).Json["status"]).Should().Be("active");
    }

    [Fact]
    public async Task An_image_deleted_while_its_data_comes_is_gone_with_it()
    {
        string id = await api.CreateAsync();
        using var begun = new HeldUpload(api, id);
        await begun.HasBegunAsync();
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        (await begun.FinishAsync()).Should().Be(410);
        Directory.GetFiles(api.ImagesFolder, $"*{id}*").Should().BeEmpty();
    }

    [Fact]
    public async Task An_upload_makes_the_image_active_with_its_digests()
    {
        byte[] data = RandomNumberGenerator.GetBytes(300_001);
        string id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, data)).Status.Should().Be(204);
        Answer shown = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        ((string?)shown.Json["status"], (long?)shown.Json["size"], (string?)shown.Json["os_hash_algo"], (string?)shown.Json["stores"]).Should().Be(("active", 300_001L, "sha512", "fast"));
        ((string?)shown.Json["os_hash_value"]).Should().Be(Convert.ToHexStringLower(SHA512.HashData(data)));
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(data);
        (await api.UploadAsync(ApiServer.Owner, id, data)).Status.Should().Be(409);
    }

    [Fact]
    public async Task A_queued_image_and_an_image_whose_data_is_lost_have_no_content()
    {
        string id = await api.CreateAsync();
        Answer queued = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file");
        (queued.Status, queued.Body.Length, queued.Header("Content-Type")).Should().Be((204, 0, null));
        string lost = await api.CreateActiveAsync();
        File.Delete(Path.Combine(api.ImagesFolder, lost));
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{lost}/file")).Status.Should().Be(204);
    }

    [Fact]
    public async Task An_empty_upload_is_legal()
    {
        string id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, [])).Status.Should().Be(204);
        Answer shown = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        ((string?)shown.Json["status"], (long?)shown.Json["size"]).Should().Be(("active", 0L));
    }

    [Theory]
    [InlineData("11", 400)]
    [InlineData("9", 400)]
    [InlineData("ten", 400)]
    [InlineData("0", 204)]
    [InlineData("10", 204)]
    public async Task The_size_promised_is_the_size_expected(string promised, int status)
    {
        string id = await api.CreateAsync();
        Answer answer = await api.UploadAsync(ApiServer.Owner, id, Encoding.ASCII.GetBytes("0123456789"), $"x-openstack-image-size: {promised}");
        answer.Status.Should().Be(status);
        Answer shown = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        ((string?)shown.Json["status"]).Should().Be(status == 204 ? "active" : "queued");
        File.Exists(Path.Combine(api.ImagesFolder, id)).Should().Be(status == 204);
    }

    [Fact]
    public async Task Only_octets_are_taken()
    {
        string id = await api.CreateAsync();
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/file", ApiServer.Json("{}"))).Status.Should().Be(415);
    }

    [Fact]
    public async Task Formats_come_before_data()
    {
        Answer created = await api.PostAsync(ApiServer.Owner, "/v2/images", "{}");
        (await api.UploadAsync(ApiServer.Owner, (string)created.Json["id"]!, [1])).Status.Should().Be(400);
    }

    [Fact]
    public async Task A_store_may_be_named_and_must_exist()
    {
        string id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, [1], "x-image-meta-store: nowhere")).Status.Should().Be(400);
        (await api.UploadAsync(ApiServer.Owner, id, [1], "x-image-meta-store: fast")).Status.Should().Be(204);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file?prefer=fast")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file?prefer=nowhere")).Status.Should().Be(400);
    }

    [Fact]
    public async Task An_image_over_the_cap_is_too_large_and_may_be_tried_again()
    {
        await using ApiServer small = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Default = "image_size_cap = 9" });
        string id = await small.CreateAsync();
        (await small.UploadAsync(ApiServer.Owner, id, new byte[10])).Status.Should().Be(413);
        ((string?)(await small.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
        (await small.UploadAsync(ApiServer.Owner, id, new byte[9])).Status.Should().Be(204);
    }

    [Fact]
    public async Task With_a_single_store_there_are_no_store_ids()
    {
        await using ApiServer single = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Stores = false, Default = "show_image_direct_url = true\nshow_multiple_locations = true" });
        string id = await single.CreateActiveAsync();
        Answer shown = await single.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        shown.Json["stores"].Should().BeNull();
        ((string?)shown.Json["direct_url"]).Should().Be($"file://{single.ImagesFolder}/{id}");
        shown.Json["locations"]!.ToJsonString().Should().Be($$$"""[{"url":"file://{{{single.ImagesFolder}}}/{{{id}}}","metadata":{}}]""");
        (await single.GetAsync(ApiServer.Owner, "/v2/info/stores")).Status.Should().Be(404);
        (await single.GetAsync(ApiServer.Admin, "/v2/info/stores/detail")).Status.Should().Be(404);
        (await single.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file?prefer=file")).Status.Should().Be(400);
        (await single.UploadAsync(ApiServer.Owner, await single.CreateAsync(), [1], "x-image-meta-store: nowhere")).Status.Should().Be(204, "store names mean nothing here");
        (await single.PostAsync(ApiServer.Owner, "/v2/images", "{}")).Header("OpenStack-image-store-ids").Should().BeNull();
        (await single.PatchAsync(ApiServer.Owner, id, """[{"op": "add", "path": "/locations/-", "value": {"url": "file:///etc/passwd", "metadata": {}}}]""")).Status.Should().Be(400);
        (await single.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/locations", "value": []}]""")).Status.Should().Be(403);
        (await single.PatchAsync(ApiServer.Admin, id, """[{"op": "remove", "path": "/locations/0"}]""")).Status.Should().Be(403);
    }
}
