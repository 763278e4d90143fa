using System.Globalization;
using System.Text;

namespace KollaNet.ImageService.Api;

/// <summary>The three shapes of an error body: text, HTML and JSON. Clients strip the tags of the HTML and join its lines, so its lay-out is a contract.
/// Source: image-api reference 1.3.</summary>
public static class ErrorBody
{
    /// <summary>The body and its media type for a request that sent this <c>Accept</c>.</summary>
    public static (string MediaType, byte[] Body) For(string? accept, ApiException error, string? requestMediaType)
    {
        string title = Titles.Of(error.Status);
        string status = string.Create(CultureInfo.InvariantCulture, $"{error.Status} {title}");
        switch (AcceptHeader.Choose(accept))
        {
            case "text/html":
                return ("text/html; charset=UTF-8", Encoding.ASCII.GetBytes(
                    $"<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n  <h1>{status}</h1>\n  {Content(error, requestMediaType, Escape)}\n </body>\n</html>"));
            case "application/json":
                return ("application/json", Json(Content(error, requestMediaType, Escape), status, title));
            default:
                return ("text/plain; charset=UTF-8", Encoding.UTF8.GetBytes(
                    $"{status}\n\n{Content(error, requestMediaType, text => text).Replace('\n', ' ').Replace("<br />", "\n", StringComparison.Ordinal)}"));
        }
    }

    private static string Content(ApiException error, string? requestMediaType, Func<string, string> escape)
    {
        string detail = escape(error.Detail ?? "");
        if (error.Status == StatusCodes.Status415UnsupportedMediaType)
            return $"The request media type {escape(requestMediaType ?? "")} is not supported by this server.\n<br /><br />\n{escape(error.Detail ?? error.Explanation ?? "")}";
        return $"{escape(error.Explanation ?? Titles.SentenceOf(error.Status))}<br /><br />\n{detail}\n\n";
    }

    private static byte[] Json(string content, string status, string title)
    {
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("message");
        json.Text(content);
        json.Name("code");
        json.Text(status);
        json.Name("title");
        json.Text(title);
        json.EndObject();
        return json.Written.ToArray();
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&': escaped.Append("&amp;"); break;
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '"': escaped.Append("&quot;"); break;
                case '\'': escaped.Append("&#x27;"); break;
                case > 126: escaped.Append(CultureInfo.InvariantCulture, $"&#{rune.Value};"); break;
                default: escaped.Append((char)rune.Value); break;
            }
        }

        return escaped.ToString();
    }
}

/// <summary>Reason phrases, and the sentence each status says when nothing better is known.</summary>
public static class Titles
{
    /// <summary><c>404</c> → <c>Not Found</c>.</summary>
    public static string Of(int status) => status switch
    {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Requested Range Not Satisfiable",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    };

    /// <summary>What is said when the error carries no text of its own.</summary>
    public static string SentenceOf(int status) => status switch
    {
        401 => "This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials "
            + "(e.g., bad password), or your browser does not understand how to supply the credentials required.",
        403 => "Access was denied to this resource.",
        404 => "The resource could not be found.",
        408 => "The server timed out waiting for the request.",
        409 => "There was a conflict when trying to complete your request.",
        410 => "This resource is no longer available.",
        413 => "The body of your request was too large for this server.",
        416 => "The Range requested is not available.",
        500 => "The server has either erred or is incapable of performing the requested operation.",
        501 => "The server does not know how to serve this method.",
        502 => "Another server that was needed to answer gave no usable answer.",
        504 => "Another server that was needed to answer did not answer in time.",
        503 => "The server is currently unavailable. Please try again at a later time.",
        _ => "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    };
}
