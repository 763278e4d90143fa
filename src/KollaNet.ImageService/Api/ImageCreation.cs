using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Limits;

namespace KollaNet.ImageService.Api;

/// <summary>Makes images of documents. Source: image-api reference 2.2.</summary>
public sealed class ImageCreation(GlanceOptions options, ImageAccess access, ImageFields fields, PropertyGuard guard, ProjectQuotas quotas, TimeProvider time)
{
    /// <summary>The image that a document describes, if the caller may make it; nothing is stored yet.</summary>
    /// <exception cref="ApiException">400 the document is wrong, 403 not allowed, 413 over a quota.</exception>
    /// <exception cref="ProjectLimitExceededException">One image too many for the project.</exception>
    public async Task<Image> MakeAsync(JsonElement body, Caller caller, CancellationToken cancel)
    {
        Image image = Build(body, caller);
        RequireCreation(image, caller);
        await quotas.RequireImageAsync(caller, cancel);
        return image;
    }

    private Image Build(JsonElement body, Caller caller)
    {
        if (body.ValueKind != JsonValueKind.Object) throw ApiException.Malformed("Image must be represented as a JSON object.");
        DateTime now = WholeSeconds.Now(time);
        var image = new Image { Id = Guid.NewGuid().ToString("D"), Status = ImageStatus.Queued, Owner = caller.ProjectId, CreatedAt = now, UpdatedAt = now };
        foreach (JsonProperty property in body.EnumerateObject())
        {
            fields.Validate(property.Name, property.Value);
            if (ImageFields.AccessTo(property.Name) is FieldAccess.Custom or FieldAccess.Writable or FieldAccess.CreateOnly)
                image = ImageFields.Set(image, property.Name, property.Value);
        }

        fields.RequireAll([.. body.EnumerateObject().Select(property => property.Name)]);
        foreach (JsonProperty property in body.EnumerateObject()) RefuseKept(property.Name);
        return image;
    }

    private static void RefuseKept(string name)
    {
        switch (ImageFields.AccessTo(name))
        {
            case FieldAccess.ReadOnly: throw ApiException.Forbidden($"Attribute '{name}' is read-only.");
            case FieldAccess.Reserved or FieldAccess.Locations: throw ApiException.Forbidden($"Attribute '{name}' is reserved.");
            default: return;
        }
    }

    private void RequireCreation(Image image, Caller caller)
    {
        if (!caller.IsAdmin && image.Owner != caller.ProjectId) throw ApiException.Forbidden($"You are not permitted to create images owned by '{image.Owner}'.");
        access.Require("add_image", new PolicyTarget { ProjectId = caller.ProjectId, Owner = image.Owner, Visibility = image.Visibility.Name(), Image = image }, caller);
        if (image.Visibility == ImageVisibility.Public) access.Require("publicize_image", image, caller);
        if (image.Visibility == ImageVisibility.Community) access.Require("communitize_image", image, caller);
        foreach (string name in image.Properties.Keys) guard.Require(PropertyOperation.Create, name, caller);
        ImageFields.RefuseTwins(image);
        Quotas.Require("properties", ImageFields.CountCustom(image), options.ImagePropertyQuota);
        Quotas.Require("tags", image.Tags.Length, options.ImageTagQuota);
    }
}
