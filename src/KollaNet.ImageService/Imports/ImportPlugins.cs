using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports;

/// <summary>What is done to a staged image before it is stored: <c>image_import_plugins</c>, in order. Source: image-api reference 9.2.</summary>
public sealed class ImportPlugins
{
    private static readonly string[] NotBuiltYet = ["image_conversion", "image_decompression"];

    private readonly ImmutableArray<Func<Image, Caller, Image>> plugins;

    /// <exception cref="ConfigurationInvalidException">A plugin that this service does not have: leaving it out silently would store other bytes than asked for.</exception>
    public ImportPlugins(ImportOptions options)
    {
        string[] problems = [.. options.Plugins.Where(name => name is not ("no_op" or "inject_image_metadata")).Select(Explain)];
        if (problems.Length > 0) throw new ConfigurationInvalidException(problems);
        plugins = [.. options.Plugins.Where(name => name == "inject_image_metadata").Select(_ => (Func<Image, Caller, Image>)((image, caller) => Inject(image, caller, options)))];
    }

    /// <summary>The image after every plugin.</summary>
    /// <param name="caller">Who asked for the import.</param>
    public Image Apply(Image image, Caller caller) => plugins.Aggregate(image, (current, plugin) => plugin(current, caller));

    private static Image Inject(Image image, Caller caller, ImportOptions options) =>
        options.InjectIgnoredRoles.Any(role => caller.Roles.Contains(role.ToLowerInvariant()))
            ? image
            : image with { Properties = image.Properties.SetItems(options.Inject.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))) };

    private static string Explain(string name) => NotBuiltYet.Contains(name)
        ? $"[image_import_opts] image_import_plugins: {name} is not there yet; remove it"
        : $"[image_import_opts] image_import_plugins: '{name}' is not known; known are no_op, inject_image_metadata";
}
