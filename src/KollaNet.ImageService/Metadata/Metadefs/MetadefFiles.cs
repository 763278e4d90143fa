using System.Text.Json;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>Metadata definitions in files, one namespace in each, as <c>glance-manage db_load_metadefs</c> and <c>db_export_metadefs</c> keep them.</summary>
/// <param name="says">Told one line per file.</param>
/// <param name="time">For the time stamps of what is loaded.</param>
public sealed class MetadefFiles(IMetadefRepository metadefs, TextWriter says, TimeProvider time)
{
    /// <summary>Where they usually lie.</summary>
    public const string UsualFolder = "/etc/glance/metadefs";

    /// <summary>Whose a namespace is that does not say: no project, so that only administrators see it unless it is public.</summary>
    private const string Owner = "admin";

    private static readonly Caller Everybody = new() { IsAdmin = true };
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Loads a file, or every <c>*.json</c> of a folder in the order of their names. Files that cannot be used are told and left out.</summary>
    /// <returns>How many files could not be used.</returns>
    /// <exception cref="IOException">There is no such path, or no file in it.</exception>
    public async Task<int> LoadAsync(string path, MetadefLoadMode mode, CancellationToken cancel)
    {
        int failed = 0;
        foreach (string file in Find(path))
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancel));
                MetadefContents contents = new MetadefReader(Owner, time.GetUtcNow().UtcDateTime, null).ReadContents(json.RootElement);
                MetadefLoadOutcome outcome = await metadefs.LoadAsync(contents, mode, cancel);
                await says.WriteLineAsync($"{file}: {contents.Namespace.Name} {Sentence(outcome)}");
            }
            catch (Exception e) when (e is JsonException or FormatException or MetadefExistsException or UnauthorizedAccessException)
            {
                failed++;
                await says.WriteLineAsync($"{file}: not loaded. {e.Message}");
            }
        }

        return failed;
    }

    /// <summary>Writes every namespace to a file of its own, named after what it is called; files that are there are overwritten.</summary>
    /// <returns>How many were written.</returns>
    public async Task<int> ExportAsync(string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var all = new MetadefQuery { Page = new MetadefPage { SortKey = "id", Descending = false } };
        foreach (MetadefNamespace one in await metadefs.ListAsync(all, Everybody, cancel))
        {
            string file = Path.Combine(folder, $"{FreeName(one, taken)}.json");
            await File.WriteAllBytesAsync(file, Write(await metadefs.ReadAsync(one, cancel)), cancel);
            await says.WriteLineAsync($"{file}: {one.Name}");
        }

        return taken.Count;
    }

    private static List<string> Find(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new IOException($"There is no file or folder {path}.");
        List<string> files = [.. Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal)];
        return files.Count > 0 ? files : throw new IOException($"There is no *.json file in {path}.");
    }

    private static string Sentence(MetadefLoadOutcome outcome) => outcome switch
    {
        MetadefLoadOutcome.Added => "added",
        MetadefLoadOutcome.Merged => "merged with the one in the database",
        MetadefLoadOutcome.Replaced => "replaced",
        _ => "left as it is in the database",
    };

    /// <summary>Letters and digits of the display name, or of the name when it has none or another namespace is called the same.</summary>
    private static string FreeName(MetadefNamespace of, HashSet<string> taken)
    {
        foreach (string? candidate in new[] { of.DisplayName, of.Name, $"{of.Name}{of.Id}" })
        {
            string name = string.Concat((candidate ?? "").Where(char.IsLetterOrDigit));
            if (name.Length > 0 && taken.Add(name)) return name;
        }

        string last = $"namespace{of.Id}";
        taken.Add(last);
        return last;
    }

    private static byte[] Write(MetadefContents contents)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Indented))
        {
            json.WriteStartObject();
            WriteNamespace(json, contents.Namespace);
            WriteAssociations(json, contents.Associations);
            json.WriteStartObject("properties");
            foreach (MetadefProperty property in contents.Properties) WriteJson(json, property.Name, property.Schema);
            json.WriteEndObject();
            WriteObjects(json, contents.Objects);
            json.WriteStartArray("tags");
            foreach (MetadefTag tag in contents.Tags.Reverse()) WriteNamed(json, tag, []);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    private static void WriteNamespace(Utf8JsonWriter json, MetadefNamespace of)
    {
        json.WriteString("namespace", of.Name);
        json.WriteString("display_name", of.DisplayName);
        json.WriteString("description", of.Description);
        json.WriteString("visibility", of.IsPublic ? "public" : "private");
        json.WriteBoolean("protected", of.IsProtected);
        json.WriteString("owner", of.Owner);
    }

    private static void WriteAssociations(Utf8JsonWriter json, IEnumerable<MetadefAssociation> associations)
    {
        json.WriteStartArray("resource_type_associations");
        foreach (MetadefAssociation one in associations) WriteNamed(json, one, [("prefix", one.Prefix), ("properties_target", one.PropertiesTarget)]);
        json.WriteEndArray();
    }

    private static void WriteNamed(Utf8JsonWriter json, MetadefItem item, ReadOnlySpan<(string Key, string? Value)> more)
    {
        json.WriteStartObject();
        json.WriteString("name", item.Name);
        foreach ((string key, string? value) in more)
        {
            if (value is not null) json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteObjects(Utf8JsonWriter json, IEnumerable<MetadefObject> objects)
    {
        json.WriteStartArray("objects");
        foreach (MetadefObject one in objects)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Name);
            json.WriteString("description", one.Description);
            if (!one.Required.IsEmpty)
            {
                json.WriteStartArray("required");
                foreach (string name in one.Required) json.WriteStringValue(name);
                json.WriteEndArray();
            }

            WriteJson(json, "properties", one.Properties);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteJson(Utf8JsonWriter json, string name, string value)
    {
        using JsonDocument parsed = JsonDocument.Parse(value);
        json.WritePropertyName(name);
        parsed.RootElement.WriteTo(json);
    }
}
