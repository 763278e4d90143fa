using System.Collections.Immutable;
using System.Globalization;
using KollaNet.ImageService.Stores.Files;
using static KollaNet.ImageService.Configuration.GlanceOptionCatalog;

namespace KollaNet.ImageService.Configuration;

/// <summary>Reads which stores there are: <c>enabled_backends</c> with a section each, or the single [glance_store] of old.</summary>
/// <param name="baseFolder">Where the configuration lies; relative names of files beside it start there.</param>
internal sealed class StoreOptionsReader(OptionValues values, IReadOnlyList<IniEntry> entries, ICollection<string> problems, string baseFolder)
{
    private const string SingleStoreSection = "glance_store";

    public bool StoresEnabled => values.Get(EnabledBackends).Length > 0;

    public ImmutableArray<StoreOptions> ReadAll()
    {
        if (!StoresEnabled) return [.. values.Get(SingleStores).Select(type => ReadStore(ShortType(type), ShortType(type), SingleStoreSection, "/var/lib/glance/images"))];
        ImmutableArray<KeyValuePair<string, string>> backends = values.Get(EnabledBackends);
        foreach ((string id, _) in backends.Where(backend => backend.Key.StartsWith("os_glance_", StringComparison.Ordinal)))
            problems.Add($"[DEFAULT] enabled_backends: '{id}' starts with os_glance_, which is reserved for internal stores");
        ImmutableArray<string> retiring = values.Get(RetiringBackends);
        return [.. backends.Select(backend => ReadStore(backend.Key, backend.Value, backend.Key, "/var/lib/glance/images") with { IsRetiring = retiring.Contains(backend.Key) })];
    }

    public string DefaultStoreId(ImmutableArray<StoreOptions> stores)
    {
        (string option, string? id) = StoresEnabled
            ? ("default_backend", values.Get(DefaultBackend))
            : ("default_store", ShortType(values.Get(SingleDefaultStore)));
        if (id is null) problems.Add("[glance_store] default_backend: must name one of enabled_backends");
        else if (stores.All(store => store.Id != id))
            problems.Add($"[glance_store] {option}: '{id}' is not one of the stores {string.Join(", ", stores.Select(store => store.Id))}");
        else if (stores.Any(store => store.Id == id && store.IsRetiring)) problems.Add($"[DEFAULT] retiring_backends: '{id}' takes new images, as [glance_store] {option} says");
        return id ?? "";
    }

    public StoreOptions ReadReserved(string id, string folder) => ReadStore(id, "file", id, folder);

    private StoreOptions ReadStore(string id, string type, string section, string folder) => new()
    {
        Id = id,
        Type = type,
        Description = values.Get(StoreDescription, section),
        Weight = values.Get(Weight, section),
        DataFolders = type == "file" ? ReadFolders(id, section, folder) : [],
        RequiredMounts = [.. values.Get(FilesystemStoreRequiredMounts, section).Select(mount => new RequiredFileSystem(Normalize(mount.Key), mount.Value))],
        FileMode = ReadFileMode(section),
        LocationMetadata = values.Get(FilesystemStoreMetadataFile, section) is { Length: > 0 } file
            ? LocationMetadata.Read(Path.GetFullPath(file, baseFolder), $"[{section}] filesystem_store_metadata_file", problems)
            : [],
        ThinProvisioning = values.Get(FilesystemThinProvisioning, section),
        Swift = type == "swift" ? new SwiftOptionsReader(values, section, problems, baseFolder).Read() : null,
        S3 = type == "s3" ? new S3OptionsReader(values, section, problems).Read() : null,
        Rbd = type == "rbd" ? new RbdOptionsReader(values, section, problems).Read() : null,
        Values = entries.Where(entry => entry.Section.Equals(section, StringComparison.OrdinalIgnoreCase))
            .GroupBy(entry => entry.Name).ToImmutableSortedDictionary(group => group.Key, group => group.Last().Value, StringComparer.Ordinal),
    };

    private ImmutableArray<DataFolder> ReadFolders(string id, string section, string fallback)
    {
        string? single = values.Get(FilesystemStoreDatadir, section);
        IReadOnlyList<string?> several = values.GetAll(FilesystemStoreDatadirs, section);
        if (several.Count == 0) return [new DataFolder(Normalize(string.IsNullOrEmpty(single) ? fallback : single))];
        if (!string.IsNullOrEmpty(single)) problems.Add($"[{section}] filesystem_store_datadirs: filesystem_store_datadir of store {id} is set too; only one may be");
        return [.. several.OfType<string>().Select(text => ParseFolder(section, text)).OrderByDescending(folder => folder.Priority)];
    }

    private DataFolder ParseFolder(string section, string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0) return new DataFolder(Normalize(text));
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.Integer, CultureInfo.InvariantCulture, out int priority))
            problems.Add($"[{section}] filesystem_store_datadirs: '{text}' does not end in a priority that is a whole number");
        return new DataFolder(Normalize(text[..colon]), priority);
    }

    /// <summary>The digits are octal, as for chmod: 640 is rw-r-----. Source: glance_store filesystem_store_file_perm.</summary>
    private UnixFileMode? ReadFileMode(string section)
    {
        int digits = values.Get(FilesystemStoreFilePerm, section);
        if (digits == 0) return null;
        string text = digits.ToString(CultureInfo.InvariantCulture);
        if (text.Length > 4 || text.AsSpan().ContainsAnyInRange('8', '9'))
        {
            problems.Add($"[{section}] filesystem_store_file_perm: '{text}' is not an octal file mode");
            return null;
        }

        var mode = (UnixFileMode)Convert.ToInt32(text, 8);
        if ((mode & (UnixFileMode.UserRead | UnixFileMode.UserWrite)) != (UnixFileMode.UserRead | UnixFileMode.UserWrite))
            problems.Add($"[{section}] filesystem_store_file_perm: '{text}' must let the owner read and write");
        return mode;
    }

    private static string Normalize(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>Old files name classes (<c>glance.store.filesystem.Store</c>) or aliases; the type is the short name.</summary>
    private static string ShortType(string type) => type switch
    {
        "glance.store.filesystem.Store" or "filesystem" => "file",
        "glance.store.http.Store" or "https" => "http",
        "glance.store.rbd.Store" => "rbd",
        "glance.store.swift.Store" => "swift",
        "glance.store.s3.Store" => "s3",
        "glance.store.cinder.Store" => "cinder",
        _ => type,
    };
}
