using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Identity;

/// <summary>What a policy rule is asked about; <c>%(name)s</c> in rules reads it.</summary>
public sealed record PolicyTarget
{
    /// <summary>Nothing in particular, in the caller's own project.</summary>
    public static PolicyTarget Of(Caller caller) => new() { ProjectId = caller.ProjectId, Owner = caller.ProjectId };

    /// <summary>An image. One that belongs to nobody is everybody's, as if public.</summary>
    public static PolicyTarget Of(Image image) => new()
    {
        ProjectId = image.Owner,
        Owner = image.Owner,
        Visibility = image.Owner is null ? "public" : image.Visibility.Name(),
        Image = image,
    };

    /// <summary><c>project_id</c>, <c>tenant</c>: whose it is.</summary>
    public string? ProjectId { get; init; }

    /// <summary><c>owner</c></summary>
    public string? Owner { get; init; }

    /// <summary><c>visibility</c></summary>
    public string? Visibility { get; init; }

    /// <summary><c>member_id</c>: the project an image is shared with.</summary>
    public string? MemberId { get; init; }

    /// <summary>For custom properties in rules.</summary>
    public Image? Image { get; init; }

    /// <summary>The text a rule compares with; false when the target has no such thing.</summary>
    public bool TryGet(string name, out string? value)
    {
        (bool known, value) = name switch
        {
            "project_id" or "tenant" or "tenant_id" => (true, ProjectId),
            "owner" => (true, Owner),
            "visibility" => (Visibility is not null, Visibility),
            "member_id" => (MemberId is not null, MemberId),
            "image_id" or "id" => (Image is not null, Image?.Id),
            "name" => (Image is not null, Image?.Name),
            "status" => (Image is not null, Image?.Status.Name()),
            _ => (Image?.Properties.ContainsKey(name) ?? false, Image?.Properties.GetValueOrDefault(name)),
        };
        return known;
    }
}
