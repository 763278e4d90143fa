using System.Collections.Immutable;

namespace KollaNet.Engine.Images;

/// <summary>Where a host gets its distribution's packages: the entries of its apt configuration that belong to its own release.
/// Third parties' repositories are left out, so that images hold the distribution's packages only.</summary>
public static class AptSources
{
    /// <summary>Reads both of apt's formats.</summary>
    /// <param name="files">File name (its ending says which format) to text. Source: sources.list(5).</param>
    /// <param name="codename">The host's release, for example <c>bookworm</c>; suites <c>bookworm</c> and <c>bookworm-…</c> belong to it.</param>
    /// <returns>One-line entries (<c>deb [options] URI suite components</c>), in the files' order, each once.</returns>
    public static ImmutableArray<string> Of(IEnumerable<KeyValuePair<string, string>> files, string codename)
    {
        IEnumerable<string> entries = files.OrderBy(file => file.Key, StringComparer.Ordinal)
            .SelectMany(file => file.Key.EndsWith(".sources", StringComparison.Ordinal) ? Deb822(file.Value, codename) : OneLine(file.Value, codename));
        return [.. entries.Distinct()];
    }

    private static IEnumerable<string> OneLine(string text, string codename)
    {
        foreach (string line in text.Split('\n'))
        {
            string entry = line.Split('#')[0].Trim();
            if (!entry.StartsWith("deb ", StringComparison.Ordinal) && !entry.StartsWith("deb\t", StringComparison.Ordinal)) continue;
            string rest = entry[3..].Trim();
            string trust = "";
            if (rest.StartsWith('['))
            {
                int end = rest.IndexOf(']', StringComparison.Ordinal);
                if (end < 0) continue;
                trust = Trust(rest[1..end].Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains("trusted=yes"));
                rest = rest[(end + 1)..].Trim();
            }

            string[] words = rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 3 && Belongs(words[1], codename)) yield return $"deb {trust}{string.Join(' ', words)}";
        }
    }

    private static IEnumerable<string> Deb822(string text, string codename)
    {
        foreach (Dictionary<string, string> stanza in Stanzas(text))
        {
            if (Words(stanza, "Enabled") is ["no", ..] || !Words(stanza, "Types").Contains("deb")) continue;
            string trust = Trust(Words(stanza, "Trusted") is ["yes", ..]);
            foreach (string uri in Words(stanza, "URIs"))
                foreach (string suite in Words(stanza, "Suites").Where(suite => Belongs(suite, codename)))
                    yield return $"deb {trust}{uri} {suite} {string.Join(' ', Words(stanza, "Components"))}";
        }
    }

    private static IEnumerable<Dictionary<string, string>> Stanzas(string text)
    {
        var stanza = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string? key = null;
        foreach (string line in text.Split('\n').Append(""))
        {
            if (line.StartsWith('#')) continue;
            if (line.Trim().Length == 0)
            {
                if (stanza.Count > 0) yield return stanza;
                stanza = new(StringComparer.OrdinalIgnoreCase);
                key = null;
            }
            else if (char.IsWhiteSpace(line[0]) && key is not null)
            {
                stanza[key] += " " + line.Trim();
            }
            else if (line.Split(':', 2) is [var name, var value])
            {
                key = name.Trim();
                stanza[key] = value.Trim();
            }
        }
    }

    private static string[] Words(Dictionary<string, string> stanza, string key) =>
        stanza.TryGetValue(key, out string? value) ? value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];

    private static bool Belongs(string suite, string codename) => suite == codename || suite.StartsWith(codename + "-", StringComparison.Ordinal);

    private static string Trust(bool unsigned) => unsigned ? "[trusted=yes] " : "";
}
