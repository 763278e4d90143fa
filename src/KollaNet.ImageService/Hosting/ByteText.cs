using System.Globalization;

namespace KollaNet.ImageService.Hosting;

/// <summary>Numbers of bytes and images, for people.</summary>
internal static class ByteText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary><c>45.1 GiB</c>, <c>812 B</c>.</summary>
    public static string Of(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1023.95 && unit < Units.Length - 1; unit++) bytes /= 1024;
        return bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary><c>1 image (812 B)</c>, <c>312 images (45.1 GiB)</c>.</summary>
    public static string Of(long images, long bytes) => $"{images} {(images == 1 ? "image" : "images")} ({Of(bytes)})";
}
