using System.Text;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>Makes whole requests, byte by byte, each of which asks the server to close afterwards. The same <see cref="Random"/> makes the same.</summary>
/// <param name="images">Ids that exist.</param>
internal sealed class HostileRequests(Random random, string[] images)
{
    private static readonly string[] Lists = ["/v2/images", "/v2/tasks", "/v2/metadefs/namespaces", "/v2/metadefs/namespaces/fuzz/objects", "/v2/metadefs/namespaces/fuzz/tags", "/v2/metadefs/namespaces/fuzz"];

    private static readonly string[] Parameters =
    [
        "limit", "marker", "sort", "sort_key", "sort_dir", "name", "id", "status", "container_format", "disk_format", "visibility", "os_hidden", "protected", "member_status", "tag", "size_min", "size_max", "size",
        "min_disk", "min_ram", "created_at", "updated_at", "checksum", "owner", "os_hash_value", "changes-since", "deleted", "custom", "type", "resource_types", "resource_type", "prefer", "", "%00", "%F0%9F%98%80", "%ED%A0%80",
    ];

    private static readonly string[] ParameterValues =
    [
        "", "0", "1", "-1", "99999999999999999999", "x", "name", "name:asc,size", "name:", ":", "asc", "desc", "created_at", "in:a,b", "in:%22a", "in:", "eq:", "neq:x", "gt:2026-01-01T00:00:00Z", "lt:0001-01-01T00:00:00%2B14:00",
        "gte:9999-12-31T23:59:59-12:00", "eq:2026-02-30", "true", "True", "all", "public", "active", "import", "%00", "%FF", "%", "%zz", "%C0%AF", "%F0%9F%98%80", "%ED%A0%80", "caf%C3%A9", "..", "'%20OR%201=1", "%5C", "a%5C%22b", "+", "%2B",
    ];

    private static readonly string[] Segments = ["v2", "images", "file", "tags", "members", "metadefs", "namespaces", "%00", "%2F", "%2e%2e", "..", ".", "", "%C0%AF", "%FF", "%F0%9F%98%80", "caf%C3%A9", "%", "%zz", "a;b", "~", "%0d%0a"];

    private static readonly string[] Headers =
    [
        "Content-Length: -1", "Content-Length: x", "Content-Length: 99999999999999999999", "Content-Length: 5\r\nContent-Length: 6", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Range: bytes=0-", "Range: bytes=-", "Range: bytes=--1", "Range: bytes=18446744073709551616-", "Range: bytes=1-0", "Range: bytes=0-0,1-1", "Range: \u00ff", "Content-Range: bytes */5", "Content-Range: bytes 0-1/99999999999999999999", "Content-Range: bytes 1",
        "X-Openstack-Request-ID: \u00e9\u00ff", "X-Openstack-Request-ID: a\tb", "X-Openstack-Request-ID: " + "0123456789012345678901234567890123456789012345678901234567890123", "Accept: \u00ff", "Accept: application/vnd.openstack.images-v", "Accept: application/vnd.openstack.images-v2.",
        "Accept: ;q=,*/*;q=NaN", "Accept: text/html;q=1e999", "Forwarded: proto=\u00ff;host=\"x y\"", "X-Forwarded-Host: \u00ff, b", "X-Forwarded-Proto: <", "Host: \u00ff", "Host: a b", "Expect: 200-ok", "Content-Type: ;;", "Content-Type: \u00ff", "Content-Encoding: gzip",
        "x-openstack-image-size: -1", "x-openstack-image-size: 99999999999999999999", "x-image-meta-store: ../x", "X-Image-Cache-Clear-Target: \u00ff", "X-Openstack-Append: \u00ff", "X-Service-Token: \u00ff", "X-Auth-Token: \u00ff", "Authorization: Basic %%%", "Origin: \u00ff", "Cookie: " + "x",
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "get"];

    private readonly HostileJson json = new(random);
    private readonly PatchGrammar patches = new(random);

    private MetadefGrammar? metadefs;

    private string Image => images[random.Next(images.Length)];

    private string Token => random.Next(3) == 0 ? ApiServer.Owner : ApiServer.Admin;

    /// <summary>A document where one is taken.</summary>
    public byte[] Body()
    {
        (string method, string path) = random.Next(12) switch
        {
            0 => ("POST", $"/v2/images/{Image}/members"),
            1 => ("PUT", $"/v2/images/{Image}/members/p2"),
            2 => ("POST", $"/v2/images/{Image}/import"),
            3 => ("POST", $"/v2/images/{Image}/locations"),
            4 => ("POST", "/v2/tasks"),
            5 => ("POST", "/v2/metadefs/namespaces"),
            6 => ("PUT", "/v2/metadefs/namespaces/fuzz"),
            7 => ("POST", $"/v2/metadefs/namespaces/fuzz/{(random.Next(2) == 0 ? "objects" : "properties")}"),
            8 => ("POST", $"/v2/metadefs/namespaces/fuzz/{(random.Next(2) == 0 ? "tags" : "resource_types")}"),
            9 => ("PATCH", $"/v2/images/{Image}"),
            _ => ("POST", "/v2/images"),
        };
        return Request(method, path, "Content-Type: application/openstack-images-v2.1-json-patch\r\n", json.Next());
    }

    /// <summary>A change to an image, in either dialect.</summary>
    public byte[] Patch()
    {
        bool older = random.Next(3) == 0;
        return Request("PATCH", $"/v2/images/{Image}", $"Content-Type: application/openstack-images-v2.{(older ? 0 : 1)}-json-patch\r\n", Encoding.UTF8.GetBytes(patches.Next(older)));
    }

    /// <summary>A metadata definition that is right but for one thing, on any route that takes one.</summary>
    public byte[] Metadef()
    {
        metadefs ??= new MetadefGrammar(random, json);
        (string method, string path, byte[] body) = metadefs.Next();
        return Request(method, path, "Content-Type: application/json\r\n", body);
    }

    /// <summary>A list with parameters.</summary>
    public byte[] Query() => Request(
        "GET", $"{Lists[random.Next(Lists.Length)]}?{string.Join('&', Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"{Parameters[random.Next(Parameters.Length)]}={ParameterValues[random.Next(ParameterValues.Length)]}"))}", "", []);

    /// <summary>A path nobody would think of, up to 64 KiB.</summary>
    public byte[] Path()
    {
        string path = random.Next(10) == 0
            ? $"/v2/images/{new string('a', random.Next(1, 70000))}"
            : (random.Next(2) == 0 ? $"/v2/images/{Image}/tags/" : "/") + string.Join('/', Enumerable.Range(0, random.Next(1, 6)).Select(_ => Segments[random.Next(Segments.Length)]));
        return Request(Methods[random.Next(Methods.Length)], path, "", []);
    }

    /// <summary>A route with headers that lie, contradict each other, or are no text.</summary>
    public byte[] Header()
    {
        string path = random.Next(5) switch
        {
            0 => $"/v2/images/{Image}",
            1 => $"/v2/images/{Image}/file",
            2 => "/v2/cache",
            3 => "/",
            _ => "/v2/images",
        };
        string some = string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Headers[random.Next(Headers.Length)] + "\r\n"));
        return Encoding.Latin1.GetBytes($"{Methods[random.Next(Methods.Length)]} {path} HTTP/1.1\r\n{(some.Contains("Host:", StringComparison.Ordinal) ? "" : "Host: x\r\n")}X-Auth-Token: {Token}\r\nConnection: close\r\n{some}\r\n");
    }

    private byte[] Request(string method, string path, string headers, byte[] body)
    {
        string length = body.Length > 0 ? $"Content-Length: {body.Length}\r\n" : "";
        return [.. Encoding.Latin1.GetBytes($"{method} {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {Token}\r\nConnection: close\r\nAccept: application/json\r\n{headers}{length}\r\n"), .. body];
    }
}
