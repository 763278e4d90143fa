using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary>Something that is done to a staged image before it is stored.</summary>
internal interface IImportPlugin
{
    /// <summary>Works on the staged data, if it has to.</summary>
    /// <param name="image">As it is staged, with what earlier plugins changed.</param>
    /// <param name="caller">Who asked for the import.</param>
    /// <returns>What to change about the image; it may have been edited meanwhile.</returns>
    /// <exception cref="ImportFailedException">It cannot be done; the message is for whoever asked.</exception>
    Task<Func<Image, Image>> ApplyAsync(Image image, StagedData data, Caller caller, CancellationToken cancel);
}
