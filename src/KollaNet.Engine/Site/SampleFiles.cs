using System.Text;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site.Passwords;

namespace KollaNet.Engine.Site;

/// <summary>Makes <c>etc-kolla-sample/</c> from the defaults themselves, so that the sample cannot say anything else.</summary>
public static class SampleFiles
{
    /// <summary>A <c>globals.yml</c> with every key commented out, showing its default.</summary>
    /// <param name="templatesFolder">Folder whose folders are the services.</param>
    public static string Globals(string templatesFolder)
    {
        var text = new StringBuilder("""
            ---
            # Every key there is, with its default. To change one, take the # away in front of it (and of the lines that belong to it).
            # Values may refer to others: "{{ kolla_internal_vip_address }}". Files in globals.d/ and -e win over this one.

            """);
        AppendDefaults(text, "All services", Path.Combine(templatesFolder, "defaults.yml"));
        foreach (string folder in ServiceReader.FoldersOf(templatesFolder)) AppendDefaults(text, Path.GetFileName(folder), Path.Combine(folder, "defaults.yml"));
        return text.ToString();
    }

    /// <summary>A <c>passwords.yml</c> with every key, all empty.</summary>
    /// <param name="templatesFolder">Folder whose folders are the services.</param>
    public static string Passwords(string templatesFolder)
    {
        var text = new StringBuilder("""
            ---
            # Every password and key there is, still empty: kollanet genpwd fills them. Set ones are kept.

            """);
        foreach (IGrouping<string, PasswordNeed> service in PasswordNeed.ReadAll(templatesFolder, out _).GroupBy(need => need.Service, StringComparer.Ordinal))
        {
            text.Append('\n').Append("# ").Append(service.Key).Append('\n');
            foreach (PasswordNeed need in service) text.Append(need.Key).Append(":\n");
        }
        return text.ToString();
    }

    private static void AppendDefaults(StringBuilder text, string title, string path)
    {
        if (!File.Exists(path)) return;
        text.Append("\n########################################\n# ").Append(title).Append("\n########################################\n");
        foreach (string line in File.ReadAllText(path).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
            text.Append(line.Length == 0 || line[0] == '#' ? line : "#" + line).Append('\n');
    }
}
