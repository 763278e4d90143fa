using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>One of two services that are asked the same; what differs by nature (ids, times, addresses, folders) is made equal in its answers.</summary>
/// <param name="clientOf">A client that speaks as the owner of a token.</param>
/// <param name="folder">Holds its files.</param>
internal sealed partial class ComparedService(Func<string, HttpClient> clientOf, string folder)
{
    private static readonly string[] Compared =
        ["Allow", "Accept-Patch", "Content-Type", "Content-Length", "Content-Range", "Content-MD5", "Location", "OpenStack-image-import-methods", "WWW-Authenticate"];

    private readonly Dictionary<string, string> kept = [];
    private readonly Dictionary<string, string> names = [];

    /// <summary>Asks; the answer in a form that can be compared.</summary>
    public async Task<string> AskAsync(ComparedRequest asked, CancellationToken cancel)
    {
        HttpClient client = clientOf(asked.Caller);
        string[] line = kept.Aggregate(asked.Line, (text, pair) => text.Replace($"{{{pair.Key}}}", pair.Value, StringComparison.Ordinal)).Split(' ', 2);
        using var request = new HttpRequestMessage(new HttpMethod(line[0]), new Uri(client.BaseAddress!.ToString().TrimEnd('/') + line[1]));
        if (asked.Body is { } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(kept.Aggregate(body, (text, pair) => text.Replace($"{{{pair.Key}}}", pair.Value, StringComparison.Ordinal))));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(asked.ContentType);
        }

        foreach (string[] header in asked.Headers.Select(header => header.Split(": ", 2))) request.Headers.TryAddWithoutValidation(header[0], header[1]);
        using HttpResponseMessage response = await client.SendAsync(request, cancel);
        string text = await response.Content.ReadAsStringAsync(cancel);
        if (asked.Keep is { } name && response.IsSuccessStatusCode) kept[name] = (string)JsonNode.Parse(text)!["id"]!;
        return Comparable(response, text, client.BaseAddress!, asked.AnyText);
    }

    private string Comparable(HttpResponseMessage response, string body, Uri address, bool anyText)
    {
        var shown = new StringBuilder($"{(int)response.StatusCode}\n");
        foreach (string header in Compared)
        {
            bool there = response.Headers.NonValidated.TryGetValues(header, out HeaderStringValues values) || response.Content.Headers.NonValidated.TryGetValues(header, out values);

            // Nothing has a type of its own kind in Glance, route by route; a length of texts that differ differs too.
            bool isOfBody = header is "Content-Length" or "Content-Type";
            if (there && !(isOfBody && body.Length == 0) && !(header == "Content-Length" && anyText)) shown.Append(CultureInfo.InvariantCulture, $"{header}: {string.Join(", ", values)}\n");
        }

        if (!anyText) shown.Append(body);
        string neutral = shown.ToString().Replace(address.ToString().TrimEnd('/'), "ADDRESS", StringComparison.Ordinal).Replace(folder, "FOLDER", StringComparison.Ordinal);
        return Ids().Replace(Times().Replace(neutral, "TIME"), id => names.TryGetValue(id.Value, out string? known) ? known : names[id.Value] = $"id{names.Count}");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Ids();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?")]
    private static partial Regex Times();
}
