using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary><c>inject_image_metadata</c>: sets the operator's properties on what ordinary users import.</summary>
internal sealed class InjectMetadata(ImportOptions options) : IImportPlugin
{
    public Task<Func<Image, Image>> ApplyAsync(Image image, StagedData data, Caller caller, CancellationToken cancel)
    {
        bool spared = options.InjectIgnoredRoles.Any(role => caller.Roles.Contains(role.ToLowerInvariant()));
        return Task.FromResult<Func<Image, Image>>(spared ? current => current : Inject);
    }

    private Image Inject(Image image) => image with { Properties = image.Properties.SetItems(options.Inject.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))) };
}
