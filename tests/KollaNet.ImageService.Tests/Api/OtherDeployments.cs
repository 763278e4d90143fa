using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>What options and the operator's files change in the answers. Source: image-api reference 2.14, 3, 4.2, 6.</summary>
public sealed class OtherDeployments
{
    [Fact]
    public async Task Details_of_every_kind_of_store_are_told_and_no_secrets()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer
        {
            Default = "enabled_backends = fast:file, ours:swift, bucket:s3, web:http",
            Sections = """
                [ours]
                store_description = objects
                weight = 7
                swift_store_config_file = swift.conf
                swift_store_container = pictures
                swift_store_large_object_size = 10
                swift_store_large_object_chunk_size = 2
                swift_store_auth_version = 1
                swift_store_auth_address = http://127.0.0.1:1/auth/v1.0
                swift_store_user = test:tester
                swift_store_key = the-key
                [bucket]
                s3_store_host = http://127.0.0.1:1
                s3_store_access_key = the-access-key
                s3_store_secret_key = the-secret
                s3_store_bucket = pictures
                s3_store_thread_pools = 3
                """,
            Files = new Dictionary<string, string> { ["swift.conf"] = "[ref1]\nauth_version = 1\nauth_address = http://127.0.0.1:1/auth/v1.0\nuser = test:tester\nkey = the-key\n" },
        });
        Answer detail = await api.GetAsync(ApiServer.Admin, "/v2/info/stores/detail");
        detail.Text.Should().Be($$$"""
            {"stores": [{"id": "fast", "default": "true", "type": "file", "weight": 0, "properties": {"data_dir": "{{{api.ImagesFolder}}}", "chunk_size": 65536, "thin_provisioning": false}}, {"id": "ours", "description": "objects", "type": "swift", "weight": 7, "properties": {"container": "pictures", "large_object_size": 10240000, "large_object_chunk_size": 2048000}}, {"id": "bucket", "type": "s3", "weight": 0, "properties": {"s3_store_large_object_size": 104857600, "s3_store_large_object_chunk_size": 10485760, "s3_store_thread_pools": 3}}, {"id": "web", "read-only": "true", "type": "http", "weight": 0, "properties": {}}]}
            """);
        (await api.GetAsync(ApiServer.Owner, "/v2/info/stores")).Text.Should().Be("""{"stores": [{"id": "fast", "default": "true"}, {"id": "ours", "description": "objects"}, {"id": "bucket"}, {"id": "web", "read-only": "true"}]}""");
    }

    [Fact]
    public async Task Formats_hash_and_length_of_request_ids_are_the_operators_to_choose()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "hashing_algorithm = sha256\nmax_request_id_length = 70", Sections = "[image_format]\ndisk_formats = raw,gpt\ncontainer_formats = bare" });
        JsonNode schema = (await api.GetAsync(ApiServer.Owner, "/v2/schemas/image")).Json["properties"]!;
        (schema["disk_format"]!["enum"]!.ToJsonString(), schema["container_format"]!["enum"]!.ToJsonString()).Should().Be(("""[null,"raw","gpt"]""", """[null,"bare"]"""));
        foreach ((string body, int status) in new[] { ("""{"disk_format": "gpt"}""", 201), ("""{"disk_format": "qcow2"}""", 400), ("""{"container_format": "ovf"}""", 400) })
            (await api.PostAsync(ApiServer.Owner, "/v2/images", body)).Status.Should().Be(status, body);
        JsonNode image = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{await api.CreateActiveAsync()}")).Json;
        ((string?)image["os_hash_algo"], (string?)image["os_hash_value"]).Should().Be(("sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("0123456789")))));
        foreach ((int length, int status) in new[] { (70, 200), (71, 431) })
            (await api.GetAsync(ApiServer.Owner, "/v2/images", $"X-Openstack-Request-ID: req-{new string('x', length - 4)}")).Status.Should().Be(status);
    }

    [Theory]
    [InlineData("""{"os_colour": {"type": "string", "enum": ["red", "blue"], "description": "d"}}""")]
    [InlineData("""{"properties": {"os_colour": {"type": "string", "enum": ["red", "blue"], "description": "d"}}, "required": []}""")]
    public async Task A_schema_file_of_the_operators_own_replaces_the_usual_one(string file)
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Files = new Dictionary<string, string> { ["schema-image.json"] = file, ["policy.yaml"] = "{}\n" } });
        JsonNode properties = (await api.GetAsync(ApiServer.Owner, "/v2/schemas/image")).Json["properties"]!;
        (properties["os_colour"]!["is_base"]!.ToJsonString(), properties["kernel_id"]).Should().Be(("false", null));
        foreach ((string body, int status) in new[] { ("""{"os_colour": "red"}""", 201), ("""{"os_colour": "green"}""", 400), ("""{"kernel_id": "anything"}""", 201) })
            (await api.PostAsync(ApiServer.Owner, "/v2/images", body)).Status.Should().Be(status, body);
    }

    [Fact]
    public async Task Policies_decide_on_preferred_stores_locations_and_copies()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer
        {
            SecondStore = true,
            Default = "show_multiple_locations = true\nshow_image_direct_url = true",
            Policy = "download_from_store: role:admin\nget_image_location: role:billing\ndelete_image_location: role:member or role:admin\nfetch_image_location: role:billing\n",
        });
        string id = await api.CreateActiveAsync();
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file?prefer=fast")).Status.Should().Be(403);
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/file?prefer=fast")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Status.Should().Be(200);

        // What a document shows is the options' to say alone, as in Glance since its policies moved to the API.
        JsonNode shown = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        (shown["locations"]!.AsArray().Count, (string?)shown["direct_url"]).Should().Be((1, $"file://{api.ImagesFolder}/{id}"));

        // Both rules are asked before a copy goes; it is the last copy, which is told only to those who may.
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/stores/fast/{id}")).Text.Should().Contain("get_image_location");
        (await api.SendAsync(ApiServer.Biller, "DELETE", $"/v2/stores/fast/{id}")).Text.Should().Contain("only store");
        (await api.GetAsync(ApiServer.Biller, $"/v2/images/{id}/locations")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/locations")).Status.Should().Be(403);
    }

    [Fact]
    public async Task A_location_is_set_as_a_whole_where_there_is_none_and_its_digests_must_fit()
    {
        await using Imports.WebServer web = await Imports.WebServer.StartAsync([1, 2, 3]);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { WebStore = true, Default = "show_multiple_locations = true" });
        string id = await api.CreateAsync(), hash = Convert.ToHexStringLower(SHA512.HashData([1, 2, 3])), url = $"{web.Url}/image";
        string Location(string value, string algorithm = "sha512") => $$$"""{"url": "{{{url}}}", "metadata": {}, "validation_data": {"os_hash_algo": "{{{algorithm}}}", "os_hash_value": "{{{value}}}"}}""";
        foreach ((string locations, int status) in new[]
        {
            ("5", 400), ($"[{Location(hash)}, {Location(hash)}]", 400), ($"[{Location(hash, "sha256")}]", 400), ("[]", 403), ($$$"""[{"url": "{{{url}}}"}]""", 400), ($"[{Location(hash)}]", 200),
        })
        {
            (await Patch($$"""[{"op": "replace", "path": "/locations", "value": {{locations}}}]""")).Status.Should().Be(status, locations);
        }

        JsonNode image = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        ((string?)image["status"], (long?)image["size"], (string?)image["os_hash_algo"], (string?)image["os_hash_value"]).Should().Be(("active", 3L, "sha512", hash));
        string other = Location(new string('0', 128)).Replace("/image", "/chunked", StringComparison.Ordinal);
        (await Patch($$"""[{"op": "add", "path": "/locations/-", "value": {{other}}}]""")).Status.Should().BeOneOf(400, 409);
        string ranges = Location(new string('0', 128)).Replace("/image", "/ranges", StringComparison.Ordinal);
        (await Patch($$"""[{"op": "add", "path": "/locations/0", "value": {{ranges}}}]""")).Status.Should().Be(409, "it promises another hash than the image has");
        ranges = Location(hash).Replace("/image", "/ranges", StringComparison.Ordinal);
        Answer first = await Patch($$"""[{"op": "add", "path": "/locations/0", "value": {{ranges}}}]""");
        first.Json["locations"]!.AsArray().Select(one => (string?)one!["url"]).Should().BeEquivalentTo($"{web.Url}/ranges", url);

        Task<Answer> Patch(string operations) => api.PatchAsync(ApiServer.Owner, id, operations);
    }
}
