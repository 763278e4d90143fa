using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Api;

/// <summary>Applies changes to an image, all or none. Source: image-api reference 2.5.</summary>
public sealed class ImagePatcher(GlanceOptions options, ImageAccess access, ImageFields fields, PropertyGuard guard, LocationPatcher locations)
{
    /// <summary>The image after every operation; nothing is saved.</summary>
    /// <exception cref="ApiException">The first operation that cannot be done.</exception>
    public async Task<Image> ApplyAsync(Image image, IReadOnlyList<PatchOperation> operations, PatchDialect dialect, Caller caller, CancellationToken cancel)
    {
        Image changed = image;
        foreach (PatchOperation operation in operations)
        {
            changed = ImageFields.AccessTo(operation.Name) == FieldAccess.Locations
                ? await locations.ApplyAsync(changed, operation, caller, cancel)
                : Apply(changed, operation, dialect, caller);
        }

        ImageFields.RefuseTwins(changed);
        fields.RequireKept(image, changed);
        int before = ImageFields.CountCustom(image), after = ImageFields.CountCustom(changed);
        if (after > before) Quotas.Require("properties", after, options.ImagePropertyQuota);
        if (changed.Tags.Length > image.Tags.Length) Quotas.Require("tags", changed.Tags.Length, options.ImageTagQuota);
        return changed;
    }

    private Image Apply(Image image, PatchOperation operation, PatchDialect dialect, Caller caller)
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
