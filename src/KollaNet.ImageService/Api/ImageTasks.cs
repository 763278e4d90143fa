using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary>Makes the tasks that requests leave behind, and gives them their image.</summary>
internal static class ImageTasks
{
    private const int RequestIdLimit = 64;

    /// <param name="input">JSON.</param>
    public static ImageTask Make(string type, string? imageId, ApiRequest request, string input, DateTime now) => new()
    {
        Id = Guid.NewGuid().ToString("D"),
        Type = type,
        Status = ImageTaskStatus.Pending,
        Owner = request.Caller.ProjectId ?? "",
        CreatedAt = now,
        UpdatedAt = now,
        ImageId = imageId,
        RequestId = Cut(request.Http.Response.Headers[RequestIds.Header].ToString()),
        UserId = request.Caller.UserId,
        Input = input,
    };

    /// <summary>What the column holds: an id of the client's own may be longer, with <c>req-</c> before it or by <c>max_request_id_length</c>.</summary>
    private static string Cut(string requestId) => requestId.Length <= RequestIdLimit ? requestId : requestId[..RequestIdLimit];

    /// <summary>The task to push aside; null when none has the image.</summary>
    /// <exception cref="ApiException">409: a task works on it.</exception>
    public static async Task<string?> FindStaleAsync(ITaskRepository tasks, Image image, TimeProvider time, CancellationToken cancel)
    {
        if (image.Properties.GetValueOrDefault(ImportProperties.Lock) is not { } held) return null;
        ImageTask? task = await tasks.FindAsync(held, UploadOwnership.Itself, cancel);
        return task is null || TaskLife.IsOver(task, image, time.GetUtcNow().UtcDateTime) ? held : throw ApiException.Conflict("Image has active task");
    }

    /// <summary>Stores the task and gives it the image: in this order, as a task that nobody knows counts as dead.</summary>
    /// <param name="expiresAt">Of the task, should another be faster.</param>
    public static async Task TakeAsync(
        ITaskRepository tasks, IImageRepository images, ImageTask task, string? stale, DateTime expiresAt, Func<Image, Image> begin, CancellationToken cancel)
    {
        await tasks.AddAsync(task, cancel);
        try
        {
            await images.TakeForTaskAsync(task.ImageId!, task.Id, stale, task.CreatedAt, begin, CancellationToken.None);
        }
        catch
        {
            await tasks.SaveAsync(task with { Status = ImageTaskStatus.Failure, Message = "Another request was faster", ExpiresAt = expiresAt }, CancellationToken.None);
            throw;
        }
    }

    /// <summary>What an import was asked, as Glance keeps it.</summary>
    public static string Input(ImportOrder order, JsonElement body)
    {
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("image_id");
        json.Text(order.ImageId);
        json.Name("import_req");
        json.Element(body);
        json.Name("backend");
        json.BeginArray();
        foreach (string id in order.StoreIds) json.Text(id);
        json.EndArray();
        json.EndObject();
        return Encoding.UTF8.GetString(json.Written.Span);
    }
}
