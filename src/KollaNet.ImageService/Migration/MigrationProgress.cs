using System.Globalization;
using KollaNet.ImageService.Hosting;

namespace KollaNet.ImageService.Migration;

/// <summary>How far a migration is, in one line.</summary>
/// <param name="totalBytes">What there was to move when it began; images that come meanwhile make it more.</param>
/// <param name="images">How many images that was.</param>
internal sealed class MigrationProgress(long totalBytes, long images, TimeProvider clock)
{
    private const int BarWidth = 20;
    private readonly long started = clock.GetTimestamp();

    /// <summary>Percent, images, bytes, rate and time left.</summary>
    public string Text(long bytes, int moved)
    {
        double seconds = Math.Max(clock.GetElapsedTime(started).TotalSeconds, 0.001), rate = bytes / seconds;
        string left = rate < 1 ? "unknown" : Duration(TimeSpan.FromSeconds(Math.Max(0, totalBytes - bytes) / rate));
        return string.Create(CultureInfo.InvariantCulture, $"{100 * Share(bytes),3:0}%  {moved}/{Math.Max(images, moved)} images  {ByteText.Of(bytes)} of {ByteText.Of(Math.Max(totalBytes, bytes))}  {ByteText.Of(rate)}/s  time left: {left}");
    }

    /// <summary>The same behind a bar.</summary>
    public string Bar(long bytes, int moved)
    {
        int full = (int)(BarWidth * Share(bytes));
        return $"[{new string('#', full)}{new string('-', BarWidth - full)}] {Text(bytes, moved)}";
    }

    private double Share(long bytes) => totalBytes == 0 ? 1 : Math.Min(1, (double)bytes / totalBytes);

    private static string Duration(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.Seconds} s";
}
