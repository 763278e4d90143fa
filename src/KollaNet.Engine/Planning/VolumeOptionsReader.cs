using System.Collections.Immutable;

namespace KollaNet.Engine.Planning;

/// <summary>Reads <c>docker_volume_options</c>: volume name → options as <c>docker volume create --opt</c> takes them.</summary>
internal static class VolumeOptionsReader
{
    // Source: Docker, the local volume driver.
    private static readonly string[] Known = ["type", "o", "device", "size"];

    /// <param name="report">Called with what is wrong.</param>
    /// <param name="notice">Called with what works but may surprise.</param>
    public static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Read(object? value, Action<string> report, Action<string> notice)
    {
        var volumes = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        if (value is null or "") return volumes.ToImmutable();
        if (value is not IReadOnlyDictionary<string, object?> map)
        {
            report("is not a mapping of volume names to options");
            return volumes.ToImmutable();
        }

        foreach ((string volume, object? given) in map)
        {
            if (given is not IReadOnlyDictionary<string, object?> options)
            {
                report($"{volume}: is not a mapping of options: type, o, device");
                continue;
            }

            foreach (string name in options.Keys.Except(Known)) report($"{volume}: '{name}' is not an option of a volume{Site.Suggestion.Phrase(name, Known)}; known are {string.Join(", ", Known)}, and mount options stand in 'o'");
            ImmutableSortedDictionary<string, string> read = options.ToImmutableSortedDictionary(option => option.Key, option => Evaluation.TextOf(option.Value), StringComparer.Ordinal);
            if (NfsOptions.IsNfs(read)) NfsOptions.Check(read, problem => report($"{volume}: {problem}"), hint => notice($"volume {volume}: {hint}"));
            volumes[volume] = read;
        }

        return volumes.ToImmutable();
    }

    /// <summary>Options as messages show them.</summary>
    public static string TextOf(IReadOnlyDictionary<string, string> options) => options.Count == 0 ? "no options" : string.Join(' ', options.OrderBy(option => option.Key, StringComparer.Ordinal).Select(option => $"{option.Key}={option.Value}"));
}
