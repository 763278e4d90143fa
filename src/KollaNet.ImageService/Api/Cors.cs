using System.Collections.Immutable;
using System.Globalization;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Api;

/// <summary>Lets pages of other origins call this API, as far as <c>[cors]</c> allows it. Source: oslo.middleware, CORS; Fetch standard, CORS protocol.</summary>
public sealed class Cors(ImmutableArray<CorsOptions> sections)
{
    private const string AnyOrigin = "*", AllowOrigin = "Access-Control-Allow-Origin", RequestMethod = "Access-Control-Request-Method", RequestHeaders = "Access-Control-Request-Headers";

    /// <summary>Headers that need no permission.</summary>
    private static readonly string[] SimpleHeaders = ["Accept", "Accept-Language", "Content-Type", "Cache-Control", "Content-Language", "Expires", "Last-Modified", "Pragma"];

    /// <summary>Adds what the browser needs to the answer, whatever that will be.</summary>
    /// <returns>True: this was a browser's question before the real request, and is answered.</returns>
    public bool Answer(HttpContext http)
    {
        if (sections.Length == 0) return false;
        string origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || Find(origin) is not { } cors) return false;
        string allowed = cors.AllowedOrigins.Contains(AnyOrigin) && !cors.AllowedOrigins.Contains(origin) ? AnyOrigin : origin;
        if (http.Request.Method == "OPTIONS" && http.Request.Headers.ContainsKey(RequestMethod)) return AnswerPreflight(http, cors, allowed);
        http.Response.OnStarting(() =>
        {
            WriteOrigin(http.Response.Headers, cors, allowed);
            if (cors.ExposeHeaders.Length > 0) http.Response.Headers["Access-Control-Expose-Headers"] = string.Join(',', cors.ExposeHeaders);
            return Task.CompletedTask;
        });
        return false;
    }

    /// <summary>An origin that is named goes before any origin.</summary>
    private CorsOptions? Find(string origin) =>
        sections.FirstOrDefault(cors => cors.AllowedOrigins.Contains(origin)) ?? sections.FirstOrDefault(cors => cors.AllowedOrigins.Contains(AnyOrigin));

    private static bool AnswerPreflight(HttpContext http, CorsOptions cors, string allowed)
    {
        string method = http.Request.Headers[RequestMethod].ToString();
        string[] headers = http.Request.Headers[RequestHeaders].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        bool permitted = cors.AllowMethods.Contains(method) && Array.TrueForAll(headers, header => cors.AllowHeaders.Concat(SimpleHeaders).Contains(header, StringComparer.OrdinalIgnoreCase));
        if (!permitted) return false;
        IHeaderDictionary answer = http.Response.Headers;
        WriteOrigin(answer, cors, allowed);
        if (cors.MaxAgeSeconds > 0) answer["Access-Control-Max-Age"] = cors.MaxAgeSeconds.ToString(CultureInfo.InvariantCulture);
        answer["Access-Control-Allow-Methods"] = method;
        if (headers.Length > 0) answer["Access-Control-Allow-Headers"] = string.Join(',', headers);
        http.Response.ContentLength = 0;
        return true;
    }

    private static void WriteOrigin(IHeaderDictionary answer, CorsOptions cors, string allowed)
    {
        answer[AllowOrigin] = allowed;
        if (allowed == AnyOrigin) return;   // which no browser takes together with credentials
        answer.Vary = "Origin";
        if (cors.AllowCredentials) answer["Access-Control-Allow-Credentials"] = "true";
    }
}
