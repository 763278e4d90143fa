using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Api;

/// <summary>Applies changes to an image, all or none. Source: image-api reference 2.5.</summary>
public sealed class ImagePatcher(GlanceOptions options, ImageAccess access, ImageFields fields, PropertyGuard guard, LocationPatcher locations)
{
    /// <summary>Asks backends for what <see cref="Apply"/> needs to know of them: before the database is locked, so that one that is slow to answer keeps no
    /// others waiting. Of a change that is not allowed, none is asked.</summary>
    /// <param name="image">As just read.</param>
    /// <returns>Url of each new location → bytes there.</returns>
    /// <exception cref="ApiException">The first operation that cannot be done, or 400: a backend does not say.</exception>
    public async Task<IReadOnlyDictionary<string, long>> AskSizesAsync(Image image, IReadOnlyList<PatchOperation> operations, PatchDialect dialect, Caller caller, CancellationToken cancel)
    {
        var sizes = new Dictionary<string, long>();
        if (operations.All(operation => ImageFields.AccessTo(operation.Name) != FieldAccess.Locations)) return sizes;
        var urls = new HashSet<string>();
        ApplyAll(image, operations, dialect, caller, url =>
        {
            urls.Add(url);
            return 0;
        });
        foreach (string url in urls) sizes.Add(url, await locations.AskSizeAsync(url, cancel));
        return sizes;
    }

    /// <summary>The image after every operation; nothing is saved.</summary>
    /// <param name="sizes">From <see cref="AskSizesAsync"/>.</param>
    /// <exception cref="ApiException">The first operation that cannot be done.</exception>
    /// <exception cref="ImageFormatsMissingException">It would get its first data without disk_format or container_format.</exception>
    public Image Apply(Image image, IReadOnlyList<PatchOperation> operations, PatchDialect dialect, Caller caller, IReadOnlyDictionary<string, long> sizes) =>
        ApplyAll(image, operations, dialect, caller, url => sizes.TryGetValue(url, out long sizeBytes) ? sizeBytes : throw ApiException.Conflict("The image's locations were changed meanwhile."));

    private Image ApplyAll(Image image, IReadOnlyList<PatchOperation> operations, PatchDialect dialect, Caller caller, Func<string, long> sizeOf)
    {
        Image changed = image;
        foreach (PatchOperation operation in operations)
        {
            changed = ImageFields.AccessTo(operation.Name) == FieldAccess.Locations
                ? locations.Apply(changed, operation, caller, sizeOf)
                : ApplyOne(changed, operation, dialect, caller);
        }

        ImageFields.RefuseTwins(changed);
        fields.RequireKept(image, changed);
        int before = ImageFields.CountCustom(image), after = ImageFields.CountCustom(changed);
        if (after > before) Quotas.Require("properties", after, options.ImagePropertyQuota);
        if (changed.Tags.Length > image.Tags.Length) Quotas.Require("tags", changed.Tags.Length, options.ImageTagQuota);
        return changed;
    }

    private Image ApplyOne(Image image, PatchOperation operation, PatchDialect dialect, Caller caller)
    {
        string name = operation.Name;
        FieldAccess allowed = ImageFields.AccessTo(name);
        if (allowed is FieldAccess.ReadOnly or FieldAccess.CreateOnly) throw ApiException.Forbidden($"Attribute '{name}' is read-only.");
        if (allowed == FieldAccess.Reserved) throw ApiException.Forbidden($"Attribute '{name}' is reserved.");
        if (allowed == FieldAccess.Custom) return ApplyCustom(image, operation, dialect, caller);
        if (operation.Verb == "remove") throw ApiException.Forbidden($"Property {name} may not be removed.");
        if (operation.Verb == "add" && dialect == PatchDialect.V20) throw ApiException.Conflict($"Property {name} already present.");
        fields.Validate(name, operation.Value);
        Image changed = ImageFields.Set(image, name, operation.Value);
        RequireChange(image, changed, name, caller);
        return changed;
    }

    private Image ApplyCustom(Image image, PatchOperation operation, PatchDialect dialect, Caller caller)
    {
        string name = operation.Name;
        bool there = image.Properties.ContainsKey(name);
        if (operation.Verb != "add" && !there) throw ApiException.Conflict($"Property {name} does not exist.");
        if (operation.Verb == "add" && there && dialect == PatchDialect.V20) throw ApiException.Conflict($"Property {name} already present.");
        guard.Require(operation.Verb == "remove" ? PropertyOperation.Delete : there ? PropertyOperation.Update : PropertyOperation.Create, name, caller);
        if (operation.Verb == "remove") return image with { Properties = image.Properties.Remove(name) };
        fields.Validate(name, operation.Value);
        return ImageFields.Set(image, name, operation.Value);
    }

    private void RequireChange(Image image, Image changed, string name, Caller caller)
    {
        switch (name)
        {
            case "disk_format" or "container_format" when image.Status is not (ImageStatus.Queued or ImageStatus.Importing or ImageStatus.Uploading):
                throw ApiException.Forbidden($"Attribute {name} can be only replaced for a queued image.");
            case "owner" when !caller.IsAdmin:
                throw ApiException.Forbidden("You are not permitted to change the owner of an image.");
            case "visibility" when changed.Visibility == ImageVisibility.Public:
                access.Require("publicize_image", image, caller);
                break;
            case "visibility" when changed.Visibility == ImageVisibility.Community:
                access.Require("communitize_image", image, caller);
                break;
        }
    }
}
