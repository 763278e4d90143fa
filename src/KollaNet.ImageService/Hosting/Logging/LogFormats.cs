using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KollaNet.ImageService.Hosting.Logging;

/// <summary>The two ways to write an entry, each one line.</summary>
internal static class LogFormats
{
    private const string NameOfTemplate = "{OriginalFormat}";
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>time level name [request id] message</c>.</summary>
    public static string Text(LogEntry entry)
    {
        string message = entry.Failure is null ? entry.Message : $"{entry.Message}: {entry.Failure}";
        return string.Create(
            CultureInfo.InvariantCulture, $"{entry.At:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {entry.LevelName} {entry.Name} [{entry.Request?.Id ?? "-"}] {message.ReplaceLineEndings(" | ")}\n");
    }

    /// <summary>An object with oslo.log's fields; what the message is made of stands under <c>extra</c>. Source: oslo.log, JSONFormatter.</summary>
    public static string Json(LogEntry entry)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Readable))
        {
            json.WriteStartObject();
            json.WriteString("message", entry.Message);
            json.WriteString("asctime", entry.At.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
            json.WriteNumber("created", (entry.At - DateTime.UnixEpoch).TotalSeconds);
            json.WriteNumber("msecs", entry.At.Millisecond);
            json.WriteString("name", entry.Name);
            json.WriteString("levelname", entry.LevelName);
            json.WriteNumber("levelno", Number(entry.Level));
            json.WriteNumber("process", Environment.ProcessId);
            json.WriteString("process_name", "kollanet-image");
            json.WriteString("hostname", Environment.MachineName);
            if (entry.Failure is null) json.WriteNull("traceback");
            else json.WriteString("traceback", entry.Failure);
            WriteContext(json, entry.Request);
            json.WriteStartObject("extra");
            foreach ((string name, object? value) in entry.Fields.Where(field => field.Key != NameOfTemplate)) WriteField(json, name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length) + "\n";
    }

    private static void WriteContext(Utf8JsonWriter json, RequestScope? request)
    {
        json.WriteStartObject("context");
        if (request is not null)
        {
            json.WriteString("request_id", request.Id);
            json.WriteString("user_id", request.UserId);
            json.WriteString("project_id", request.ProjectId);
        }

        json.WriteEndObject();
    }

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        string key = JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
        switch (value)
        {
            case null: json.WriteNull(key); break;
            case int number: json.WriteNumber(key, number); break;
            case long number: json.WriteNumber(key, number); break;
            case double number: json.WriteNumber(key, Math.Round(number, 3)); break;
            default: json.WriteString(key, Secrets.Mask(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")); break;
        }
    }

    /// <summary>Python's numbers.</summary>
    private static int Number(LogLevel level) => level switch
    {
        LogLevel.Critical => 50,
        LogLevel.Error => 40,
        LogLevel.Warning => 30,
        LogLevel.Information => 20,
        _ => 10,
    };
}
