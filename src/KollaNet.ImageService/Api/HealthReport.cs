using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace KollaNet.ImageService.Api;

/// <summary>What is known about the health of this service.</summary>
/// <param name="Parts">Everything that was looked at; the first that fails is the reason.</param>
public sealed record HealthReport(DateTimeOffset At, ImmutableArray<HealthPart> Parts)
{
    /// <summary>Whether requests should be sent here.</summary>
    public bool IsHealthy => Parts.All(part => part.Problem is null || !part.IsNeeded);

    /// <summary>A service that somebody took out, whatever works.</summary>
    public static HealthReport Closed(string reason) => new(DateTimeOffset.MinValue, [new HealthPart("service", reason, true)]);

    /// <summary><c>OK</c> or the reason.</summary>
    public byte[] ToText() => Encoding.UTF8.GetBytes(Parts.FirstOrDefault(part => part.Problem is not null && part.IsNeeded)?.Problem ?? "OK");

    /// <summary>Source of the shape: oslo.middleware, healthcheck, detailed.</summary>
    public byte[] ToJson()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteBoolean("detailed", true);
            json.WriteString("status", IsHealthy ? "OK" : "UNAVAILABLE");
            json.WriteStartArray("reasons");
            foreach (HealthPart part in Parts)
            {
                json.WriteStartObject();
                json.WriteString("class", part.Name);
                json.WriteString("reason", part.Problem ?? "OK");
                json.WriteBoolean("needed", part.IsNeeded);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return text.ToArray();
    }
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Problem">Null when it works.</param>
/// <param name="IsNeeded">Whether the service is of no use without it.</param>
public sealed record HealthPart(string Name, string? Problem, bool IsNeeded);
