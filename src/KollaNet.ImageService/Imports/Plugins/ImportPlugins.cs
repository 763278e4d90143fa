using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary>What is done to a staged image before it is stored: <c>image_import_plugins</c>, in order. Source: image-api reference 9.2.</summary>
public sealed class ImportPlugins
{
    private static readonly string[] Known = ["image_conversion", "image_decompression", "inject_image_metadata", "no_op"];

    private readonly ImmutableArray<(string Name, IImportPlugin Plugin)> plugins;

    /// <exception cref="ConfigurationInvalidException">A plugin that this service does not have, or that lacks a program it runs: leaving it out silently would store
    /// other bytes than asked for.</exception>
    internal ImportPlugins(GlanceOptions options, ImageWriter writer)
    {
        var known = new Dictionary<string, Func<IImportPlugin?>>
        {
            ["no_op"] = () => null,
            ["inject_image_metadata"] = () => new InjectMetadata(options.Imports),
            ["image_decompression"] = () => new ImageDecompression(writer),
            ["image_conversion"] = () => new ImageConversion(options),
        };
        string[] problems = [.. FindProblems(options)];
        if (problems.Length > 0) throw new ConfigurationInvalidException(problems);
        plugins = [.. from name in options.Imports.Plugins let plugin = known[name]() where plugin is not null select (name, plugin)];
    }

    /// <summary>Plugins that are not known, and programs that they run and that are not installed here, a sentence each.</summary>
    internal static IEnumerable<string> FindProblems(GlanceOptions options)
    {
        ImmutableArray<string> names = options.Imports.Plugins;
        return
        [
            .. names.Except(Known).Select(name => $"[image_import_opts] image_import_plugins: '{name}' is not known; known are {string.Join(", ", Known)}"),
            .. names.Contains("image_conversion") ? LimitedProcess.Missing("qemu-img").Select(program => $"[image_import_opts] image_import_plugins: image_conversion needs the program {program}, which is not installed") : [],
            .. names.Contains("image_decompression") ? LimitedProcess.Missing("lha").Select(program => $"[image_import_opts] image_import_plugins: image_decompression needs the program {program}, which is not installed") : [],
        ];
    }

    /// <summary>Runs them all over the staged data.</summary>
    /// <returns>What to change about the image.</returns>
    /// <exception cref="ImportFailedException">One of them failed.</exception>
    internal async Task<Func<Image, Image>> ApplyAsync(Image image, StagedData data, Caller caller, CancellationToken cancel)
    {
        Func<Image, Image> all = unchanged => unchanged;
        foreach ((string name, IImportPlugin plugin) in plugins)
        {
            Func<Image, Image> before = all, change = await ApplyAsync(name, plugin, before(image), data, caller, cancel);
            all = current => change(before(current));
        }

        return all;
    }

    private static async Task<Func<Image, Image>> ApplyAsync(string name, IImportPlugin plugin, Image image, StagedData data, Caller caller, CancellationToken cancel)
    {
        try
        {
            return await plugin.ApplyAsync(image, data, caller, cancel);
        }
        catch (Exception e) when (e is ImportFailedException or ImageContentRefusedException)
        {
            throw new ImportFailedException($"{name}: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new ImportFailedException($"{name}: the staged data could not be read or written", e);
        }
    }
}
