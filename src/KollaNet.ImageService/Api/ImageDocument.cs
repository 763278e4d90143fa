using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary>What an image document shows besides the metadata. Source: image-api reference 2.1.</summary>
/// <param name="DirectUrl">Option <c>show_image_direct_url</c>.</param>
/// <param name="Locations">Option <c>show_multiple_locations</c>.</param>
/// <param name="Stores">Whether several stores are enabled.</param>
public sealed record DocumentOptions(bool DirectUrl, bool Locations, bool Stores);

/// <summary>Writes an image as clients expect it: the keys in Glance's order.</summary>
public sealed class ImageDocument(DocumentOptions options, PropertyProtections protections, StoreCatalog stores)
{
    /// <summary>Stored with the image, never sent.</summary>
    private static readonly string[] Unseen = [ImportProperties.StageHost, "os_glance_hash_op_host", UploadOwnership.PropertyName];

    private static readonly JsonName NameName = new("name"), DiskFormat = new("disk_format"), ContainerFormat = new("container_format"), Visibility = new("visibility"),
        Size = new("size"), VirtualSize = new("virtual_size"), Status = new("status"), Checksum = new("checksum"), Protected = new("protected"), MinRam = new("min_ram"),
        MinDisk = new("min_disk"), Owner = new("owner"), OsHidden = new("os_hidden"), HashAlgo = new("os_hash_algo"), HashValue = new("os_hash_value"), Id = new("id"),
        CreatedAt = new("created_at"), UpdatedAt = new("updated_at"), Locations = new("locations"), DirectUrl = new("direct_url"), Tags = new("tags"), Self = new("self"),
        File = new("file"), Schema = new("schema"), Stores = new("stores"), Url = new("url"), Metadata = new("metadata");

    /// <summary>One document. Properties that the caller may not read are left out; locations of a deactivated image are for administrators.</summary>
    public void Write(PythonJsonWriter json, Image image, Caller caller)
    {
        json.BeginObject();
        foreach ((string name, string? value) in image.Properties)
        {
            if (Unseen.Contains(name) || !protections.Allows(PropertyOperation.Read, name, caller)) continue;
            json.Name(name);
            json.Text(value);
        }

        WriteBase(json, image);
        bool withheld = image.Status == ImageStatus.Deactivated && !caller.IsAdmin;
        if (options.Locations) WriteLocations(json, image, withheld);
        if (options.DirectUrl && !withheld && stores.BestFirst(image, []).FirstOrDefault() is { } best)
        {
            json.Name(DirectUrl);
            json.Text(best.Url);
        }

        WriteLinks(json, image);
        if (options.Stores && !withheld && StoreIds(image) is { Length: > 0 } ids)
        {
            json.Name(Stores);
            json.Text(ids);
        }

        json.EndObject();
    }

    /// <summary>Store ids of the locations, comma-joined in their order.</summary>
    private string StoreIds(Image image) => image.Locations.Length == 0
        ? ""
        : string.Join(',', image.Locations.Select(location => stores.FindFor(location)?.Id ?? location.Metadata.GetValueOrDefault("store")).Where(id => id is not null).Distinct());

    private static void WriteBase(PythonJsonWriter json, Image image)
    {
        json.Name(NameName);
        json.Text(image.Name);
        json.Name(DiskFormat);
        json.Text(image.DiskFormat);
        json.Name(ContainerFormat);
        json.Text(image.ContainerFormat);
        json.Name(Visibility);
        json.Text(image.Visibility.Name());
        json.Name(Size);
        json.Number(image.SizeBytes);
        json.Name(VirtualSize);
        json.Number(image.VirtualSizeBytes);
        json.Name(Status);
        json.Text(image.Status.Name());
        json.Name(Checksum);
        json.Text(image.Checksum);
        json.Name(Protected);
        json.Bool(image.Protected);
        json.Name(MinRam);
        json.Number(image.MinRam);
        json.Name(MinDisk);
        json.Number(image.MinDisk);
        json.Name(Owner);
        json.Text(image.Owner);
        json.Name(OsHidden);
        json.Bool(image.Hidden);
        json.Name(HashAlgo);
        json.Text(image.HashAlgorithm);
        json.Name(HashValue);
        json.Text(image.HashValue);
        json.Name(Id);
        json.Text(image.Id);
        json.Name(CreatedAt);
        json.Time(image.CreatedAt);
        json.Name(UpdatedAt);
        json.Time(image.UpdatedAt);
    }

    private static void WriteLocations(PythonJsonWriter json, Image image, bool withheld)
    {
        json.Name(Locations);
        json.BeginArray();
        foreach (ImageLocation location in withheld ? [] : image.Locations)
        {
            json.BeginObject();
            json.Name(Url);
            json.Text(location.Url);
            json.Name(Metadata);
            json.BeginObject();
            foreach ((string key, string value) in location.Metadata)
            {
                json.Name(key);
                json.Text(value);
            }

            json.EndObject();
            json.EndObject();
        }

        json.EndArray();
    }

    private static void WriteLinks(PythonJsonWriter json, Image image)
    {
        json.Name(Tags);
        json.BeginArray();
        foreach (string tag in image.Tags) json.Text(tag);
        json.EndArray();
        json.Name(Self);
        json.Path("/v2/images/"u8, image.Id, []);
        json.Name(File);
        json.Path("/v2/images/"u8, image.Id, "/file"u8);
        json.Name(Schema);
        json.Text("/v2/schemas/image");
    }
}
