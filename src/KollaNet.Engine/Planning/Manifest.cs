using System.Collections.Immutable;
using System.Text;

namespace KollaNet.Engine.Planning;

/// <summary>The list of files that we have rendered into a configuration folder: only these may we delete from it.</summary>
internal static class Manifest
{
    public const string FileName = ".kollanet-files";

    public static ImmutableArray<byte> Write(IEnumerable<string> names) => [.. Encoding.UTF8.GetBytes(string.Concat(names.Order(StringComparer.Ordinal).Select(name => name + "\n")))];

    /// <summary>Names that point outside of their folder are left out, whoever wrote them.</summary>
    public static ImmutableArray<string> Read(byte[] content) =>
        [.. Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(name => !name.StartsWith('/') && !name.Split('/').Contains(".."))];
}
