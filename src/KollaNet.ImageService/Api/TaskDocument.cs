using System.Globalization;
using System.Text.Json;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Api;

/// <summary>Writes a task in its three shapes: in a list, alone, and among the tasks of an image. Source: image-api reference 2.12, 2.13.</summary>
public static class TaskDocument
{
    /// <summary>An entry of <c>GET /v2/tasks</c>.</summary>
    public static void WriteShort(PythonJsonWriter json, ImageTask task)
    {
        json.BeginObject();
        WriteHead(json, task);
        WriteTail(json, task);
        json.EndObject();
    }

    /// <summary><c>GET /v2/tasks/{id}</c></summary>
    public static void Write(PythonJsonWriter json, ImageTask task)
    {
        json.BeginObject();
        WriteHead(json, task);
        WriteWork(json, task);
        WriteTail(json, task);
        WriteIfSet(json, "image_id", task.ImageId);
        WriteIfSet(json, "request_id", task.RequestId);
        WriteIfSet(json, "user_id", task.UserId);
        json.EndObject();
    }

    /// <summary>An entry of <c>GET /v2/images/{id}/tasks</c>: the row as it is, its times without a Z.</summary>
    public static void WriteRow(PythonJsonWriter json, ImageTask task)
    {
        json.BeginObject();
        WriteHead(json, task);
        WriteMoment(json, "expires_at", task.ExpiresAt);
        WriteMoment(json, "created_at", task.CreatedAt);
        WriteMoment(json, "updated_at", task.UpdatedAt);
        WriteMoment(json, "deleted_at", null);
        json.Name("deleted");
        json.Bool(false);
        WriteText(json, "image_id", task.ImageId);
        WriteText(json, "request_id", task.RequestId);
        WriteText(json, "user_id", task.UserId);
        WriteWork(json, task);
        json.EndObject();
    }

    private static void WriteHead(PythonJsonWriter json, ImageTask task)
    {
        WriteText(json, "id", task.Id);
        WriteText(json, "type", task.Type);
        WriteText(json, "status", task.Status.ToString().ToLowerInvariant());
        WriteText(json, "owner", task.Owner);
    }

    private static void WriteWork(PythonJsonWriter json, ImageTask task)
    {
        WriteJson(json, "input", task.Input);
        WriteJson(json, "result", task.Result);
        WriteText(json, "message", task.Message);
    }

    private static void WriteTail(PythonJsonWriter json, ImageTask task)
    {
        json.Name("created_at");
        json.Time(task.CreatedAt);
        json.Name("updated_at");
        json.Time(task.UpdatedAt);
        WriteText(json, "self", $"/v2/tasks/{task.Id}");
        WriteText(json, "schema", "/v2/schemas/task");
        if (task.ExpiresAt is not { } expires) return;
        json.Name("expires_at");
        json.Time(expires);
    }

    private static void WriteJson(PythonJsonWriter json, string name, string? text)
    {
        json.Name(name);
        if (text is null)
        {
            json.Null();
            return;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            json.Element(document.RootElement);
        }
        catch (JsonException)
        {
            json.Text(text);   // Somebody else's row: better shown as it is than not at all.
        }
    }

    private static void WriteMoment(PythonJsonWriter json, string name, DateTime? time) =>
        WriteText(json, name, time?.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture));

    private static void WriteIfSet(PythonJsonWriter json, string name, string? value)
    {
        if (value is not null) WriteText(json, name, value);
    }

    private static void WriteText(PythonJsonWriter json, string name, string? value)
    {
        json.Name(name);
        json.Text(value);
    }
}
