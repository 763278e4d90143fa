using System.Collections.Frozen;

namespace KollaNet.ImageService.Api;

/// <summary>Finds the route of a path and method. Source: image-api reference 1.2.</summary>
public sealed class Router
{
    private static readonly FrozenSet<string> Usual = new[] { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" }.ToFrozenSet();
    private readonly FrozenDictionary<int, Resource[]> bySegments;

    /// <summary>Builds the index.</summary>
    public Router(IReadOnlyList<Route> routes)
    {
        bySegments = routes.GroupBy(route => route.Path)
            .Select(group => new Resource(group.Key[1..].Split('/'), [.. group]))
            .GroupBy(resource => resource.Segments.Length)
            .ToFrozenDictionary(group => group.Key, group => group.OrderBy(resource => resource.Segments.Count(IsVariable)).ToArray());
    }

    /// <summary>The route, and the path's variable segments.</summary>
    /// <param name="segments">Decoded, without the leading slash.</param>
    /// <exception cref="ApiException">404, 501 for a method nobody uses; 405 is answered through <paramref name="allow"/>.</exception>
    /// <param name="allow">The methods of the path when it is known and the method is not.</param>
    public Route? Find(string method, string[] segments, out string[] arguments, out string? allow)
    {
        arguments = [];
        allow = null;
        if (bySegments.TryGetValue(segments.Length, out Resource[]? candidates) && Array.Find(candidates, resource => resource.Matches(segments)) is { } found)
        {
            arguments = [.. segments.Where((_, i) => IsVariable(found.Segments[i]))];
            Route? route = Array.Find(found.Routes, route => route.Method == method);
            if (route is null) allow = string.Join(", ", found.Routes.Where(known => known.IsAdvertised).Select(known => known.Method));
            if (allow is not "") return route;
        }

        throw new ApiException(Usual.Contains(method) ? StatusCodes.Status404NotFound : StatusCodes.Status501NotImplemented);
    }

    private static bool IsVariable(string segment) => segment[0] == '{';

    private sealed record Resource(string[] Segments, Route[] Routes)
    {
        public bool Matches(string[] path)
        {
            for (int i = 0; i < Segments.Length; i++)
            {
                if (IsVariable(Segments[i]) ? path[i].Length == 0 : Segments[i] != path[i]) return false;
            }

            return true;
        }
    }
}
