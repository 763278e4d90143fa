using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KollaNet.Cli.Output;

/// <summary>One JSON object per line, each with the name of its kind as <c>event</c>.</summary>
internal sealed class JsonLines(TextWriter output)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock gate = new();

    public void Write(string kind, Action<Utf8JsonWriter> fields, DateTimeOffset? at = null)
    {
        string line = Text(json =>
        {
            json.WriteStartObject();
            json.WriteString("event", kind);
            if (at is { } time) json.WriteString("at", time);
            fields(json);
            json.WriteEndObject();
        });
        lock (gate) output.WriteLine(line);
    }

    /// <summary>What the action writes, on one line.</summary>
    public static string Text(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable)) write(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
