using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Api;

/// <summary>What a client may do with a property.</summary>
public enum FieldAccess
{
    /// <summary>Not a base property: a text of the client's own.</summary>
    Custom,

    /// <summary>May be changed.</summary>
    Writable,

    /// <summary>Only when the image is made.</summary>
    CreateOnly,

    /// <summary>Says what the service knows.</summary>
    ReadOnly,

    /// <summary>A name the service keeps for itself.</summary>
    Reserved,

    /// <summary>Has rules of its own.</summary>
    Locations,
}

/// <summary>The properties of an image: which may be written, what they may be, and how they get into the record. Source: image-api reference 2.1, 2.2, 2.5.</summary>
public sealed class ImageFields(SchemaDocuments schemas)
{
    private const int NameLimit = 255, CustomLimitBytes = 65535;

    private static readonly FrozenDictionary<string, FieldAccess> Access = new Dictionary<string, FieldAccess>
    {
        ["id"] = FieldAccess.CreateOnly,
        ["name"] = FieldAccess.Writable,
        ["visibility"] = FieldAccess.Writable,
        ["protected"] = FieldAccess.Writable,
        ["os_hidden"] = FieldAccess.Writable,
        ["owner"] = FieldAccess.Writable,
        ["disk_format"] = FieldAccess.Writable,
        ["container_format"] = FieldAccess.Writable,
        ["min_disk"] = FieldAccess.Writable,
        ["min_ram"] = FieldAccess.Writable,
        ["tags"] = FieldAccess.Writable,
        ["status"] = FieldAccess.ReadOnly,
        ["size"] = FieldAccess.ReadOnly,
        ["virtual_size"] = FieldAccess.ReadOnly,
        ["checksum"] = FieldAccess.ReadOnly,
        ["os_hash_algo"] = FieldAccess.ReadOnly,
        ["os_hash_value"] = FieldAccess.ReadOnly,
        ["created_at"] = FieldAccess.ReadOnly,
        ["updated_at"] = FieldAccess.ReadOnly,
        ["direct_url"] = FieldAccess.ReadOnly,
        ["self"] = FieldAccess.ReadOnly,
        ["file"] = FieldAccess.ReadOnly,
        ["schema"] = FieldAccess.ReadOnly,
        ["stores"] = FieldAccess.ReadOnly,
        ["location"] = FieldAccess.Reserved,
        ["deleted"] = FieldAccess.Reserved,
        ["deleted_at"] = FieldAccess.Reserved,
        ["locations"] = FieldAccess.Locations,
    }.ToFrozenDictionary();

    /// <summary>What may be done with a property of this name. The service's own are reserved in any case of letters: to the database all of them are one name.</summary>
    public static FieldAccess AccessTo(string name) =>
        name.StartsWith("os_glance", StringComparison.OrdinalIgnoreCase) ? FieldAccess.Reserved : Access.GetValueOrDefault(name, FieldAccess.Custom);

    /// <summary>How many properties count against <c>image_property_quota</c>.</summary>
    public static int CountCustom(Image image) => image.Properties.Keys.Count(name => !name.StartsWith("os_glance", StringComparison.Ordinal));

    /// <exception cref="ApiException">400: the value is not what the property takes.</exception>
    public void Validate(string name, JsonElement value)
    {
        if (name.Length > NameLimit) throw ApiException.Malformed($"Property names may have at most {NameLimit} characters.");
        if (name.Length == 0) throw ApiException.Malformed("A property needs a name.");
        if (schemas.Base.TryGetValue(name, out PropertySchema? rules) || schemas.Extra.Rules.TryGetValue(name, out rules)) rules.Validate(name, value);
        else if (value.ValueKind != JsonValueKind.String) throw ApiException.Malformed($"Provided object does not match schema 'image': property '{name}' must be a string");
        if (name is "min_ram" or "min_disk" && value.GetInt64() is < 0 or > int.MaxValue) throw ApiException.Malformed($"{name} must be between 0 and {int.MaxValue}.");
        if (name == "id" && !Guid.TryParseExact(value.GetString(), "D", out _)) throw ApiException.Malformed("id must be a UUID.");
        if (AccessTo(name) == FieldAccess.Custom && Encoding.UTF8.GetByteCount(PropertyText.Of(name, value) ?? "") > CustomLimitBytes)
            throw ApiException.Malformed($"Property '{name}' is longer than {CustomLimitBytes} bytes.");
    }

    /// <summary>The image with one valid, writable property set.</summary>
    public static Image Set(Image image, string name, JsonElement value) => name switch
    {
        "id" => image with { Id = value.GetString()!.ToLowerInvariant() },
        "name" => image with { Name = value.GetString() },
        "visibility" => image with { Visibility = ReadVisibility(value) },
        "protected" => image with { Protected = value.GetBoolean() },
        "os_hidden" => image with { Hidden = value.GetBoolean() },
        "owner" => image with { Owner = value.GetString() },
        "disk_format" => image with { DiskFormat = value.GetString() },
        "container_format" => image with { ContainerFormat = value.GetString() },
        "min_disk" => image with { MinDisk = value.GetInt32() },
        "min_ram" => image with { MinRam = value.GetInt32() },
        "tags" => image with { Tags = ReadTags(value) },
        _ => image with { Properties = image.Properties.SetItem(name, PropertyText.Of(name, value)) },
    };

    /// <param name="names">Those of a new image's document.</param>
    /// <exception cref="ApiException">400: one that the schema file requires is not there.</exception>
    public void RequireAll(IReadOnlyCollection<string> names)
    {
        if (schemas.Extra.Required.FirstOrDefault(name => !names.Contains(name)) is { } missing) throw Missing(missing);
    }

    /// <summary>An image from before a property was required may go on without it.</summary>
    /// <exception cref="ApiException">400: one that the schema file requires was taken away.</exception>
    public void RequireKept(Image before, Image after)
    {
        if (schemas.Extra.Required.FirstOrDefault(name => before.Properties.ContainsKey(name) && !after.Properties.ContainsKey(name)) is { } missing) throw Missing(missing);
    }

    /// <exception cref="ApiException">409: two names that are one name to the database.</exception>
    public static void RefuseTwins(Image image)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in image.Properties.Keys)
        {
            if (!seen.Add(name)) throw ApiException.Conflict($"Property '{name}' is there already, written in another case.");
        }
    }

    private static ApiException Missing(string name) => ApiException.Malformed($"Provided object does not match schema 'image': '{name}' is a required property");

    private static ImageVisibility ReadVisibility(JsonElement value) =>
        ImageStatuses.TryParseVisibility(value.GetString()!, out ImageVisibility visibility) ? visibility : throw ApiException.Malformed("Unknown visibility.");

    private static ImmutableArray<string> ReadTags(JsonElement value) => [.. value.EnumerateArray().Select(tag => tag.GetString()!).Distinct()];
}
