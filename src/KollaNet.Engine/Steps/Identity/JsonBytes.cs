using System.Text.Json;

namespace KollaNet.Engine.Steps.Identity;

/// <summary>Writes a JSON object.</summary>
internal static class JsonBytes
{
    public static byte[] Of(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
