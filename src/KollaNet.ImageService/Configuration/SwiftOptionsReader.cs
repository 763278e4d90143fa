using System.Collections.Immutable;
using System.Globalization;
using KollaNet.ImageService.Stores.Swift;

namespace KollaNet.ImageService.Configuration;

/// <summary>Reads the section of a Swift store, and the file with its references.</summary>
/// <param name="baseFolder">Where the configuration lies; a relative <c>swift_store_config_file</c> is looked for there. Source: glance_store, swift utils.</param>
internal sealed class SwiftOptionsReader(OptionValues values, string section, ICollection<string> problems, string baseFolder)
{
    private static readonly string[] Needed = ["auth_address", "user", "key"];

    public SwiftStoreOptions Read()
    {
        string? file = NotEmpty(values.Get(SwiftOptionCatalog.ConfigFile, section)) is { } named ? Path.GetFullPath(named, baseFolder) : null;
        string wanted = values.Has(SwiftOptionCatalog.DefaultReference, section) ? values.Get(SwiftOptionCatalog.DefaultReference, section) : values.Get(SwiftOptionCatalog.DefaultReference, "glance_store");
        ImmutableSortedDictionary<string, SwiftReference> references = file is null ? ReadSingle(wanted) : ReadFile(file, wanted);
        return new SwiftStoreOptions
        {
            References = references,
            DefaultReference = wanted,
            HasReferenceFile = file is not null,
            Container = ReadContainer(),
            ContainerSeed = values.Get(SwiftOptionCatalog.MultipleContainersSeed, section),
            CreateContainerOnPut = values.Get(SwiftOptionCatalog.CreateContainerOnPut, section),
            LargeObjectBytes = values.Get(SwiftOptionCatalog.LargeObjectSize, section) * SwiftStoreOptions.SwiftMegabyte,
            SegmentBytes = values.Get(SwiftOptionCatalog.LargeObjectChunkSize, section) * SwiftStoreOptions.SwiftMegabyte,
            IsMultiTenant = ReadMultiTenant(),
            AdminTenants = values.Get(SwiftOptionCatalog.AdminTenants, section),
            Endpoint = NotEmpty(values.Get(SwiftOptionCatalog.Endpoint, section))?.TrimEnd('/'),
            Interface = values.Get(SwiftOptionCatalog.EndpointType, section).Replace("URL", "", StringComparison.Ordinal),
            Region = NotEmpty(values.Get(SwiftOptionCatalog.Region, section)),
            ServiceType = values.Get(SwiftOptionCatalog.ServiceType, section),
            IsInsecure = values.Get(SwiftOptionCatalog.AuthInsecure, section),
            CaFile = ReadCaFile(),
            ReadRetries = values.Get(SwiftOptionCatalog.RetryGetCount, section),
            ExpireSoon = TimeSpan.FromSeconds(values.Get(SwiftOptionCatalog.ExpireSoonInterval, section)),
            BufferFolder = ReadBufferFolder(),
        };
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private ImmutableSortedDictionary<string, SwiftReference> ReadSingle(string name)
    {
        string? address = NotEmpty(values.Get(SwiftOptionCatalog.AuthAddress, section)), user = NotEmpty(values.Get(SwiftOptionCatalog.User, section)), key = NotEmpty(values.Get(SwiftOptionCatalog.Key, section));
        if (address is null || user is null || key is null)
        {
            problems.Add($"[{section}] swift_store_config_file: is not set, and neither are all of swift_store_auth_address, swift_store_user and swift_store_key; a Swift store needs the one or the others");
            return ImmutableSortedDictionary<string, SwiftReference>.Empty;
        }

        int version = Version($"[{section}] swift_store_auth_version", null);
        SwiftReference reference = new(address.TrimEnd('/'), version, user, key) { UserDomainId = "default", ProjectDomainId = "default" };
        CheckUser($"[{section}] swift_store_user", reference);
        CheckAddress($"[{section}] swift_store_auth_address", reference);
        return ImmutableSortedDictionary<string, SwiftReference>.Empty.Add(name, reference);
    }

    private ImmutableSortedDictionary<string, SwiftReference> ReadFile(string file, string wanted)
    {
        IReadOnlyList<IniEntry> entries;
        try
        {
            entries = IniFile.Parse(file, File.ReadLines(file), problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"[{section}] swift_store_config_file: {e.Message}");
            return ImmutableSortedDictionary<string, SwiftReference>.Empty;
        }

        ImmutableSortedDictionary<string, SwiftReference> references = entries.GroupBy(entry => entry.Section)
            .Select(group => (Name: group.Key, Reference: ReadReference(file, group.Key, group.ToLookup(entry => entry.Name, entry => entry.Value))))
            .Where(read => read.Reference is not null).ToImmutableSortedDictionary(read => read.Name, read => read.Reference!);
        if (entries.All(entry => entry.Section != wanted))
            problems.Add($"[{section}] default_swift_reference: '{wanted}' is not one of the sections of {file}: {string.Join(", ", entries.Select(entry => entry.Section).Distinct())}");
        return references;
    }

    private SwiftReference? ReadReference(string file, string name, ILookup<string, string> entries)
    {
        string? Get(string key) => NotEmpty(entries[key].LastOrDefault());
        string[] missing = [.. Needed.Where(key => Get(key) is null)];
        foreach (string key in missing) problems.Add($"{file}: [{name}] {key}: is not set");
        int version = Version($"{file}: [{name}] auth_version", Get("auth_version"));
        if (missing.Length > 0) return null;
        SwiftReference reference = new(Get("auth_address")!.TrimEnd('/'), version, Get("user")!, Get("key")!)
        {
            UserDomainId = Get("user_domain_id") ?? (Get("user_domain_name") is null ? "default" : null),
            UserDomainName = Get("user_domain_name"),
            ProjectDomainId = Get("project_domain_id") ?? (Get("project_domain_name") is null ? "default" : null),
            ProjectDomainName = Get("project_domain_name"),
        };
        CheckUser($"{file}: [{name}] user", reference);
        CheckAddress($"{file}: [{name}] auth_address", reference);
        return reference;
    }

    private void CheckAddress(string where, SwiftReference reference)
    {
        if (!Uri.TryCreate(reference.AuthAddress, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https")) problems.Add($"{where}: '{reference.AuthAddress}' is not an http or https url");
    }

    /// <param name="text">Null takes the store's own option.</param>
    private int Version(string where, string? text)
    {
        int version = values.Get(SwiftOptionCatalog.AuthVersion, section);
        if (text is not null && !int.TryParse(text.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out version)) version = 0;
        if (version is not (1 or 3)) problems.Add($"{where}: must be 3 for Keystone or 1 for tempauth; Keystone's second version is no more");
        return version;
    }

    private void CheckUser(string where, SwiftReference reference)
    {
        if (reference.AuthVersion == 3 && !reference.User.Contains(':')) problems.Add($"{where}: '{reference.User}' is not project:user");
    }

    private string ReadContainer()
    {
        string container = values.Get(SwiftOptionCatalog.Container, section);
        if (container.Length is 0 or > 256 || container.Contains('/')) problems.Add($"[{section}] swift_store_container: '{container}' is not the name of a container: 1 to 256 characters without a slash");
        return container;
    }

    private bool ReadMultiTenant()
    {
        bool multi = values.Get(SwiftOptionCatalog.MultiTenant, section);
        if (multi && values.Get(SwiftOptionCatalog.MultipleContainersSeed, section) > 0)
            problems.Add($"[{section}] swift_store_multiple_containers_seed: has no meaning with swift_store_multi_tenant, where every image has a container; leave it out");
        return multi;
    }

    private string? ReadCaFile()
    {
        string? file = NotEmpty(values.Get(SwiftOptionCatalog.Cacert, section));
        if (file is not null && !File.Exists(file)) problems.Add($"[{section}] swift_store_cacert: {file} does not exist");
        return file;
    }

    private string? ReadBufferFolder()
    {
        string? folder = NotEmpty(values.Get(SwiftOptionCatalog.UploadBufferDir, section));
        if (!values.Get(SwiftOptionCatalog.BufferOnUpload, section)) return null;
        if (folder is null) problems.Add($"[{section}] swift_upload_buffer_dir: must name a folder when swift_buffer_on_upload is set");
        return folder;
    }
}
