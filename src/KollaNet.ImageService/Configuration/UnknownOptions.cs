using System.Collections.Immutable;

namespace KollaNet.ImageService.Configuration;

/// <summary>Finds options that no Glance knows, and what was probably meant.</summary>
internal static class UnknownOptions
{
    /// <param name="storeIds">Their sections hold store options.</param>
    public static IEnumerable<string> Find(IReadOnlyList<IniEntry> entries, ImmutableArray<string> storeIds) =>
        from entry in entries
        where !GlanceOptionCatalog.IsForeign(entry.Section)
        let kind = IsStoreSection(entry.Section, storeIds)
        let known = GlanceOptionCatalog.Find(entry.Section, entry.Name) ?? (kind ? GlanceOptionCatalog.Find(OptionDefinition.StoreSection, entry.Name) : null)
        where known is null
        select $"{entry.File}:{entry.Line}: [{entry.Section}] {entry.Name} is not an option of Glance{Suggest(entry, kind)}";

    private static bool IsStoreSection(string section, ImmutableArray<string> storeIds) =>
        section is "glance_store" or "os_glance_staging_store" or "os_glance_tasks_store" || storeIds.Contains(section, StringComparer.OrdinalIgnoreCase);

    private static string Suggest(IniEntry entry, bool isStore)
    {
        OptionDefinition? elsewhere = GlanceOptionCatalog.All.FirstOrDefault(option => option.IsUsed && option.Name == entry.Name);
        if (elsewhere is not null) return $"; it belongs in [{elsewhere.Section}]";
        string? near = GlanceOptionCatalog.All
            .Where(option => option.Section.Equals(entry.Section, StringComparison.OrdinalIgnoreCase) || (isStore && option.Section == OptionDefinition.StoreSection))
            .Select(option => (option.Name, Distance: Distance(option.Name, entry.Name)))
            .Where(candidate => candidate.Distance <= Math.Max(1, entry.Name.Length / 4))
            .OrderBy(candidate => candidate.Distance).Select(candidate => candidate.Name).FirstOrDefault();
        return near is null ? "" : $"; did you mean {near}?";
    }

    /// <summary>Letters added, left out, changed or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        int[,] steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) steps[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) steps[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = steps[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(change, Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
            }
        }

        return steps[a.Length, b.Length];
    }
}
