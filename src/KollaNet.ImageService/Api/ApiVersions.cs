namespace KollaNet.ImageService.Api;

/// <summary>Which minor versions of the API this deployment has. Source: image-api reference 1.1.</summary>
public sealed class ApiVersions
{
    private static readonly string[] Oldest = ["2.7", "2.6", "2.5", "2.4", "2.3", "2.2", "2.1", "2.0"];
    private readonly string[] listed;
    private readonly string current;

    /// <param name="cache">Whether images are cached on this host (<c>image_cache_dir</c>).</param>
    /// <param name="stores">Whether several stores are enabled (<c>enabled_backends</c>).</param>
    public ApiVersions(bool cache, bool stores)
    {
        listed = (cache, stores) switch
        {
            (true, true) => ["2.18", "2.17", "2.16", "2.15", "2.14", "2.13", "2.12", "2.11", "2.10", "2.9", "2.8", .. Oldest],
            (true, false) => ["2.18", "2.17", "2.16", "2.15", "2.14", "2.9", .. Oldest],
            (false, true) => ["2.15", "2.13", "2.12", "2.11", "2.10", "2.9", "2.8", "2.17", .. Oldest],
            (false, false) => ["2.15", "2.9", "2.17", .. Oldest],
        };
        current = cache ? "2.18" : "2.17";
    }

    /// <summary>Whether a path's first segment (<c>v2</c>, <c>v2.5</c>) leads to the API.</summary>
    public bool Accepts(string segment) => segment == "v2" || (segment.StartsWith("v2.", StringComparison.Ordinal) && listed.Contains(segment[1..]));

    /// <summary>The version document.</summary>
    public void Write(PythonJsonWriter json, string baseUrl)
    {
        json.BeginObject();
        json.Name("versions");
        json.BeginArray();
        foreach (string version in listed)
        {
            json.BeginObject();
            json.Name("id");
            json.Text($"v{version}");
            json.Name("status");
            json.Text(version == current ? "CURRENT" : "SUPPORTED");
            json.Name("links");
            json.BeginArray();
            json.BeginObject();
            json.Name("rel");
            json.Text("self");
            json.Name("href");
            json.Text($"{baseUrl}/v2/");
            json.EndObject();
            json.EndArray();
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
    }
}
