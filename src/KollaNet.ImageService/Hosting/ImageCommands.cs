using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>images list</c>.</summary>
public static class ImageCommands
{
    /// <summary>Where each image is.</summary>
    /// <param name="storeId">Only this store; null for all.</param>
    /// <param name="json">One object per line.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> ListAsync(GlanceOptions options, string? storeId, bool json, TextWriter output)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        using StoreCatalog stores = StoreCatalog.Open(options);
        if (storeId is not null) Require(stores, storeId, "--store");
        var census = new StoreCensus(stores, database);
        await foreach (Image image in database.Inventory.ReadAllAsync(CancellationToken.None))
        {
            string[] ids = [.. census.StoresOf(image)];
            if (storeId is not null ? ids.Contains(storeId) : image.Locations.Length > 0) await output.WriteLineAsync(json ? Line(image, ids) : $"{image.Id}  {ByteText.Of(image.SizeBytes ?? 0),11}  {string.Join(',', ids),-16}  {image.Name}");
        }

        return 0;
    }

    /// <summary>The store of that id.</summary>
    /// <param name="option">Whose value the id is.</param>
    /// <exception cref="FormatException">There is none.</exception>
    internal static ConfiguredStore Require(StoreCatalog stores, string id, string option) => stores.Find(id)
        ?? throw new FormatException($"{option}: there is no store {id}; configured are {string.Join(", ", stores.All.Select(store => store.Id))}.");

    private static string Line(Image image, string[] ids)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("id", image.Id);
            json.WriteString("name", image.Name);
            json.WriteString("status", image.Status.Name());
            json.WriteNumber("size", image.SizeBytes ?? 0);
            json.WriteStartArray("stores");
            foreach (string id in ids) json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
