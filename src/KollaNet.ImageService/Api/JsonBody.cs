using System.Text.Json;

namespace KollaNet.ImageService.Api;

/// <summary>Reads request bodies that are JSON documents.</summary>
public static class JsonBody
{
    /// <summary>The largest document read; image data is not JSON.</summary>
    public const int LimitBytes = 1024 * 1024;

    /// <summary>The body as a document; the caller disposes it.</summary>
    /// <exception cref="ApiException">400 nothing there or not JSON, 413 over <see cref="LimitBytes"/>.</exception>
    public static async Task<JsonDocument> ReadAsync(ApiRequest request)
    {
        HttpRequest http = request.Http.Request;
        if (http.ContentLength > LimitBytes) throw TooLarge();
        using var text = new MemoryStream();
        byte[] buffer = new byte[8192];
        int count;
        while ((count = await http.Body.ReadAsync(buffer, request.Cancel)) > 0)
        {
            if (text.Length + count > LimitBytes) throw TooLarge();
            text.Write(buffer, 0, count);
        }

        if (text.Length == 0) throw ApiException.Malformed("Body expected in request.");
        return Parse(text.ToArray());
    }

    private static JsonDocument Parse(byte[] text)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException e)
        {
            throw ApiException.Malformed($"The body is not JSON: {e.Message}");
        }

        JsonElement root = document.RootElement;
        string? problem = root.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? FindBadText(root) : "The body must be a JSON object or array.";
        if (problem is null) return document;
        document.Dispose();
        throw ApiException.Malformed(problem);
    }

    /// <summary>Glance's tables hold three-byte UTF-8: other characters would be refused by the database, or cut there.</summary>
    private static string? FindBadText(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(property => FindBadText(ReadName(property)) ?? FindBadText(property.Value)).FirstOrDefault(found => found is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(FindBadText).FirstOrDefault(found => found is not null),
        JsonValueKind.String => FindBadText(ReadText(element)),
        _ => null,
    };

    private static string? FindBadText(string? text) =>
        text is null || text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0 ? "Property names and values may not contain 4 byte Unicode characters." : null;

    private static string? ReadName(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair
        }
    }

    private static string? ReadText(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair
        }
    }

    private static ApiException TooLarge() => ApiException.TooLarge($"A JSON body may have at most {LimitBytes} bytes.");
}
