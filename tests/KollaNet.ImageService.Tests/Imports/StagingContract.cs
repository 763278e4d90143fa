using System.Text;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Imports;

public abstract class StagingContract(ApiServer api)
{
    [Fact]
    public async Task Staged_data_waits_under_the_images_name()
    {
        string id = await CreateAsync("{}");
        (await StageAsync(ApiServer.Owner, id, "0123456789")).Status.Should().Be(204);

        Answer shown = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        ((string?)shown.Json["status"], (long?)shown.Json["size"], shown.Json["checksum"], shown.Json["os_hash_value"]).Should().Be(("uploading", 10L, null, null));
        shown.Json.AsObject().Select(pair => pair.Key).Should().NotContain(key => key.StartsWith("os_glance"));
        (await File.ReadAllTextAsync(Path.Combine(api.StagingFolder, id), TestContext.Current.CancellationToken)).Should().Be("0123456789");
        (await StageAsync(ApiServer.Owner, id, "1")).Status.Should().Be(409);
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(409);
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/disk_format", "value": "raw"}]""")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Deleting_the_image_deletes_what_was_staged()
    {
        string id = await CreateAsync("{}");
        await StageAsync(ApiServer.Owner, id, "0123456789");
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        Directory.GetFiles(api.StagingFolder, $"*{id}*").Should().BeEmpty();
    }

    [Theory]
    [InlineData(ApiServer.Other, "application/octet-stream", null, 404)]
    [InlineData(ApiServer.Reader, "application/octet-stream", null, 403)]
    [InlineData(ApiServer.Owner, "application/json", null, 415)]
    [InlineData(ApiServer.Owner, "application/octet-stream", "x", 400)]
    [InlineData(ApiServer.Owner, "application/octet-stream", "11", 400)]
    [InlineData(ApiServer.Owner, "application/octet-stream", "9", 400)]
    [InlineData(ApiServer.Owner, "application/octet-stream", "10", 204)]
    public async Task Refusals_leave_it_queued_with_nothing_kept(string token, string mediaType, string? promised, int status)
    {
        string id = await CreateAsync("{}");
        ByteArrayContent data = ApiServer.Octets(Encoding.ASCII.GetBytes("0123456789"));
        data.Headers.ContentType = new(mediaType);
        (await api.SendAsync(token, "PUT", $"/v2/images/{id}/stage", data, promised is null ? [] : [$"x-openstack-image-size: {promised}"])).Status.Should().Be(status);
        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be(status == 204 ? "uploading" : "queued");
        Directory.GetFiles(api.StagingFolder, $"*{id}*").Should().HaveCount(status == 204 ? 1 : 0);
    }

    [Fact]
    public async Task Too_much_is_refused_and_may_be_tried_again()
    {
        await using ApiServer small = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Default = "image_size_cap = 9" });
        string id = await small.CreateAsync();
        Task<Answer> Stage(int bytes) => small.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/stage", ApiServer.Octets(new byte[bytes]));
        (await Stage(10)).Status.Should().Be(413);
        (await Stage(9)).Status.Should().Be(204);
    }

    [Fact]
    public async Task Without_its_import_method_there_is_no_staging()
    {
        await using ApiServer without = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Default = "enabled_import_methods = [copy-image]" });
        string id = await without.CreateAsync();
        (await without.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/stage", ApiServer.Octets([1]))).Status.Should().Be(404);
        Directory.Exists(without.StagingFolder).Should().BeFalse();
        (await without.GetAsync(ApiServer.Owner, "/v2/info/import")).Json["import-methods"]!["value"]!.ToJsonString().Should().Be("""["copy-image"]""");
    }

    private async Task<string> CreateAsync(string body) => (string)(await api.PostAsync(ApiServer.Owner, "/v2/images", body)).Json["id"]!;

    private Task<Answer> StageAsync(string token, string id, string data) => api.SendAsync(token, "PUT", $"/v2/images/{id}/stage", ApiServer.Octets(Encoding.ASCII.GetBytes(data)));
}
