using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>What import tests do to a server.</summary>
internal static class ImportServer
{
    public static Task<Answer> ImportAsync(this ApiServer api, string id, string body, string token = ApiServer.Owner, params string[] headers) =>
        api.SendAsync(token, "POST", $"/v2/images/{id}/import", ApiServer.Json(body), headers);

    public static async Task<string> StagedAsync(this ApiServer api, byte[] data, string more = "")
    {
        string id = await api.CreateAsync(more: more);
        Answer staged = await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/stage", ApiServer.Octets(data));
        staged.Status.Should().Be(204, staged.Text);
        return id;
    }

    public static async Task<string> StagedAsync(this ApiServer api, byte[] data, string diskFormat, string containerFormat)
    {
        Answer created = await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"name": "x", "disk_format": "{{diskFormat}}", "container_format": "{{containerFormat}}"}""");
        created.Status.Should().Be(201, created.Text);
        string id = (string)created.Json["id"]!;
        Answer staged = await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/stage", ApiServer.Octets(data));
        staged.Status.Should().Be(204, staged.Text);
        return id;
    }

    /// <summary>The image once no task has it any more, and its newest task once that has ended.</summary>
    public static async Task<(JsonNode Image, JsonNode Task)> SettledAsync(this ApiServer api, string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            JsonNode image = (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}")).Json;
            JsonNode? task = (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/tasks")).Json["tasks"]!.AsArray().LastOrDefault();
            if (image["os_glance_import_task"] is null && (string?)task?["status"] is "success" or "failure") return (image, task!);
            await Task.Delay(20, patience.Token);
        }
    }

    public static string Glance(string method = "glance-direct", string more = "") => $$"""{"method": {"name": "{{method}}"}{{(more.Length > 0 ? ", " + more : "")}}}""";

    public static string Web(string uri, string more = "") => $$"""{"method": {"name": "web-download", "uri": "{{uri}}"}{{(more.Length > 0 ? ", " + more : "")}}}""";
}
