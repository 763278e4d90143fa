using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Api;

/// <summary>Makes the tasks that requests leave behind.</summary>
internal static class ImportTaskFactory
{
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
        RequestId = request.Http.Response.Headers[RequestIds.Header],
        UserId = request.Caller.UserId,
        Input = input,
    };

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
