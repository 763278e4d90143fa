using System.Text.Json.Nodes;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Tests.Api;

public abstract class TasksContract(ApiServer api)
{
    private static readonly DateTime At = new(2026, 11, 22, 9, 50, 34, DateTimeKind.Utc);

    [Fact]
    public async Task An_image_shows_its_tasks_row_by_row()
    {
        string id = await api.CreateAsync();
        ImageTask task = New() with { ImageId = id, RequestId = "req-1", UserId = "u1", Status = ImageTaskStatus.Success, ExpiresAt = At.AddHours(48), Input = """{"image_id": "x"}""", Message = "Copied 1 MiB" };
        await api.Server.Database.Tasks.AddAsync(task, TestContext.Current.CancellationToken);
        await api.Server.Database.Tasks.AddAsync(New() with { ImageId = id, Owner = "admin-project" }, TestContext.Current.CancellationToken);

        Answer answer = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/tasks");

        answer.Text.Should().Be($$"""
            {"tasks": [{"id": "{{task.Id}}", "type": "api_image_import", "status": "success", "owner": "p1", "expires_at": "2026-11-24T09:50:34.000000", "created_at": "2026-11-22T09:50:34.000000", "updated_at": "2026-11-22T09:50:34.000000", "deleted_at": null, "deleted": false, "image_id": "{{id}}", "request_id": "req-1", "user_id": "u1", "input": {"image_id": "x"}, "result": null, "message": "Copied 1 MiB"}]}
            """);
        ((JsonArray)(await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/tasks")).Json["tasks"]!).Should().HaveCount(2);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/tasks")).Status.Should().Be(404);
        (await api.SendAsync(ApiServer.Owner, "GET", $"/v2/images/{id}/tasks", ApiServer.Json("{}"))).Status.Should().Be(400);
    }

    [Fact]
    public async Task Tasks_are_listed_and_shown_to_administrators()
    {
        ImageTask task = New() with { Owner = "admin-project", Type = "import", Input = "{}", ExpiresAt = DateTime.UtcNow.Date.AddDays(9) };
        ImageTask expired = New() with { Owner = "admin-project", ExpiresAt = At };
        await api.Server.Database.Tasks.AddAsync(task, TestContext.Current.CancellationToken);
        await api.Server.Database.Tasks.AddAsync(expired, TestContext.Current.CancellationToken);

        Answer list = await api.GetAsync(ApiServer.Admin, "/v2/tasks?type=import&limit=1&status=pending");

        JsonNode entry = list.Json["tasks"]![0]!;
        entry.AsObject().Select(pair => pair.Key).Should().Equal("id", "type", "status", "owner", "created_at", "updated_at", "self", "schema", "expires_at");
        ((string?)entry["self"], (string?)entry["created_at"]).Should().Be(($"/v2/tasks/{task.Id}", "2026-11-22T09:50:34Z"));
        ((string?)list.Json["first"], (string?)list.Json["next"], (string?)list.Json["schema"]).Should()
            .Be(("/v2/tasks?type=import&limit=1&status=pending", $"/v2/tasks?type=import&limit=1&status=pending&marker={task.Id}", "/v2/schemas/tasks"));
        Answer shown = await api.GetAsync(ApiServer.Admin, $"/v2/tasks/{task.Id}");
        shown.Json.AsObject().Select(pair => pair.Key).Should().StartWith(["id", "type", "status", "owner", "input", "result", "message", "created_at"]);
        (await api.GetAsync(ApiServer.Admin, $"/v2/tasks/{expired.Id}")).Status.Should().Be(404, "its owner listed tasks after it expired");
    }

    [Theory]
    [InlineData(ApiServer.Owner, "GET", "/v2/tasks", 403)]
    [InlineData(ApiServer.Owner, "GET", "/v2/tasks/x", 403)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks/x", 404)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?status=done", 400)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?type=api_image_import", 400)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?marker=x", 400)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?marker=00000000-0000-0000-0000-000000000000", 400)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?limit=-1", 400)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?limit=99999999999999999999", 200)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?sort_key=size", 400)]
    [InlineData(ApiServer.Admin, "GET", "/v2/tasks?sort_key=status&sort_dir=asc&limit=0", 200)]
    [InlineData(ApiServer.Admin, "DELETE", "/v2/tasks/x", 405)]
    public async Task Refusals(string token, string method, string path, int status)
    {
        Answer answer = await api.SendAsync(token, method, path);
        answer.Status.Should().Be(status, answer.Text);
        if (status == 405) answer.Header("Allow").Should().Be("GET", "of one task there is nothing to change");
    }

    private static ImageTask New() => new()
    {
        Id = Guid.NewGuid().ToString(),
        Type = "api_image_import",
        Status = ImageTaskStatus.Pending,
        Owner = "p1",
        CreatedAt = At,
        UpdatedAt = At,
    };
}
