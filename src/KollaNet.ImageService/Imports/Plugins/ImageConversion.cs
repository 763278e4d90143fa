using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Inspection;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary><c>image_conversion</c>: makes <c>[image_conversion] output_format</c> of every disk. What a disk says about itself is looked at here before
/// <c>qemu-img</c> may open it, and again by <c>qemu-img</c> before it converts. Source: image-api reference 9.2.</summary>
internal sealed class ImageConversion(GlanceOptions options) : IImportPlugin
{
    private const int BlockBytes = 256 * 1024;

    public async Task<Func<Image, Image>> ApplyAsync(Image image, StagedData data, Caller caller, CancellationToken cancel)
    {
        string target = options.Imports.ConversionFormat, claimed = image.DiskFormat ?? "";
        if (claimed == "iso") return current => current;
        if (image.ContainerFormat != "bare") throw new ImportFailedException($"only images with container_format bare can be converted, not {image.ContainerFormat}");
        if (!QemuImg.Knows(claimed)) throw new ImportFailedException($"images with disk_format {claimed} cannot be converted");
        string detected = await DetectAsync(claimed, data, cancel);
        if (detected != claimed) throw new ImportFailedException($"disk_format is {claimed}, the content is {detected}");
        if (claimed == target) return current => current;

        QemuDisk disk = await QemuImg.InspectAsync(data.FilePath, claimed, cancel);
        if (disk.Danger is { } danger) throw new ImportFailedException(danger);
        if (disk.VirtualSizeBytes > options.ImageSizeCapBytes)
            throw new ImportFailedException($"its disk of {disk.VirtualSizeBytes} bytes is larger than the {options.ImageSizeCapBytes} bytes that an image may have");
        await data.ReplaceAsync(path => QemuImg.ConvertAsync(data.FilePath, claimed, path, target, disk.VirtualSizeBytes, options.ImageSizeCapBytes, cancel));
        return current => current with { DiskFormat = target };
    }

    /// <exception cref="ImageContentRefusedException">Nobody should open it.</exception>
    private async Task<string> DetectAsync(string claimed, StagedData data, CancellationToken cancel)
    {
        var inspector = new ContentInspector(claimed, "bare", options.ImageFormat with { RequireMatch = true });
        await using FileStream file = data.OpenRead();
        byte[] block = new byte[BlockBytes];
        while (await file.ReadAsync(block, cancel) is > 0 and int read) inspector.Feed(block.AsSpan(0, read));
        inspector.Finish();
        return inspector.DiskFormat;
    }
}
