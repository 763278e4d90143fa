using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/tasks</c>, for administrators, and <c>/v2/images/{id}/tasks</c>. Source: image-api reference 2.12, 2.13.</summary>
public sealed class TasksApi(
    GlanceOptions options, IImageRepository images, ITaskRepository tasks, ImageAccess access, ImageCreation creation, StoreCatalog stores, UriFilter filter, ImportWork work, TaskRunner runner,
    RequestOrigin origin, TimeProvider time)
{
    /// <summary><c>GET /v2/tasks</c></summary>
    public async Task ListAsync(ApiRequest request)
    {
        Require(request);
        List<KeyValuePair<string, string>> parameters = QueryParameters.Parse(request.Http.Request.QueryString.Value ?? "");
        TaskQuery query = TaskQueryReader.Read(parameters, options.LimitParamDefault, options.ApiLimitMax);
        await tasks.ExpireAsync(request.Caller.ProjectId ?? "", WholeSeconds.Now(time), request.Cancel);
        IReadOnlyList<ImageTask> page = await tasks.ListAsync(query, request.Caller, request.Cancel);

        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("tasks");
        json.BeginArray();
        foreach (ImageTask task in page) TaskDocument.WriteShort(json, task);
        json.EndArray();
        List<KeyValuePair<string, string>> kept = [.. parameters.Where(parameter => parameter.Key != "marker")];
        json.Name("first");
        json.Text(QueryParameters.Link("/v2/tasks", kept));
        json.Name("schema");
        json.Text("/v2/schemas/tasks");
        if (page.Count > 0 && page.Count == query.Limit)
        {
            json.Name("next");
            json.Text(QueryParameters.Link("/v2/tasks", kept.Append(new("marker", page[^1].Id))));
        }

        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>GET /v2/tasks/{id}</c></summary>
    public async Task ShowAsync(ApiRequest request)
    {
        Require(request);
        string id = request.Arguments[0];
        ImageTask task = await tasks.FindAsync(id, request.Caller, request.Cancel) ?? throw new ApiException(404, $"Failed to find task {id} to operate on.");
        using var json = new PythonJsonWriter(asciiOnly: true);
        TaskDocument.Write(json, task);
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>GET /v2/images/{id}/tasks</c>: those of the caller's project, all for administrators.</summary>
    public async Task ListForImageAsync(ApiRequest request)
    {
        Image image = await access.FindAsync(request);
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("tasks");
        json.BeginArray();
        foreach (ImageTask task in await tasks.ListForImageAsync(image.Id, request.Caller, request.Cancel)) TaskDocument.WriteRow(json, task);
        json.EndArray();
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>POST /v2/tasks</c>: makes an image of what a uri points to. The old way of importing.</summary>
    public async Task CreateAsync(ApiRequest request)
    {
        Require(request);
        access.Require("add_task", PolicyTarget.Of(request.Caller), request.Caller);
        using JsonDocument document = await JsonBody.ReadAsync(request);
        (string uri, string format, JsonElement properties, JsonElement input) = TaskBody.Read(document.RootElement);
        if (!ImportMethods.Enabled(options).Contains("web-download")) throw ApiException.Malformed("Tasks of type import need the import method web-download.");
        Uri source = await filter.CheckAsync(uri, request.Cancel);
        Image image = await creation.MakeAsync(properties, request.Caller, request.Cancel);
        image = image with { DiskFormat = image.DiskFormat ?? format };
        if (image.ContainerFormat is null) throw ApiException.Malformed("image_properties needs container_format.");
        if (runner.IsFull) throw new ApiException(StatusCodes.Status503ServiceUnavailable, "Too many tasks are waiting; try again later.");
        ImageTask task = await AcceptAsync(request, image, source, input);

        request.Http.Response.Headers.Location = $"{origin.HostUrl(request.Http)}{origin.Prefix(request.Http)}/v2/tasks/{task.Id}";
        using var json = new PythonJsonWriter(asciiOnly: true);
        TaskDocument.Write(json, task);
        await request.JsonAsync(StatusCodes.Status201Created, json);
    }

    private async Task<ImageTask> AcceptAsync(ApiRequest request, Image image, Uri source, JsonElement input)
    {
        await images.AddAsync(image, request.Cancel);
        var order = new ImportOrder(image.Id, "web-download", source, [stores.Default.Id], MustSucceed: true);
        ImageTask task = ImageTasks.Make("import", image.Id, request, input.GetRawText(), image.CreatedAt);
        await ImageTasks.TakeAsync(
            tasks, images, task, null, image.CreatedAt + options.Imports.TimeToLive,
            current => ImportLists.Begin(current, order.StoreIds) with { Status = ImageStatus.Importing, UpdatedAt = image.CreatedAt }, request.Cancel);
        await runner.StartAsync(new ImportJob(task, order, request.Caller, work));
        return task;
    }

    private void Require(ApiRequest request) => access.Require(request.Route.Policy!, PolicyTarget.Of(request.Caller), request.Caller);
}
