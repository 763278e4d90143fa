using System.Globalization;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Images.Resumable;

/// <summary>What has come of uploads that may resume: files <c>.kollanet-ID-TOTALBYTES.resumable</c> in the staging folder, seen by every worker that
/// shares it. Looking at one takes no lock, as that would disturb its writer.</summary>
internal sealed class ResumableFiles(string folder)
{
    private const string Prefix = ".kollanet-", Suffix = ".resumable";
    private const int IdLength = 36;

    /// <summary>What has come of an image; null when nothing has.</summary>
    public HeldUpload? Find(string imageId) => List(imageId).MaxBy(held => held.LastWrite);

    /// <summary>Everything there is.</summary>
    public IEnumerable<HeldUpload> All() => List("");

    /// <summary>Opens the file for one writer, making it when there is none.</summary>
    /// <param name="totalBytes">Of the whole image.</param>
    /// <exception cref="UploadBusyException">Somebody else writes it, maybe in another process.</exception>
    /// <exception cref="StoreForbidsWritingException">The staging folder cannot be used.</exception>
    public ResumableFile Open(string imageId, long totalBytes)
    {
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{imageId}-{totalBytes}{Suffix}"));
        try
        {
            Directory.CreateDirectory(folder);
            var file = new ResumableFile(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            if (File.Exists(path)) return file;
            file.Dispose();   // Removed between our opening and our lock.
        }
        catch (Exception e) when (LinuxFile.Explain(e, path) is { } failure)
        {
            throw failure;
        }
        catch (IOException e)
        {
            throw new UploadBusyException(imageId, e);
        }

        throw new UploadBusyException(imageId);
    }

    /// <summary>Removes what has come of an upload, unless somebody writes it.</summary>
    /// <param name="still">Asked again once nobody else can write.</param>
    /// <returns>False: it is still there.</returns>
    public bool TryRemove(HeldUpload upload, Func<HeldUpload, bool> still)
    {
        try
        {
            using ResumableFile file = Open(upload.ImageId, upload.TotalBytes);
            if (List(upload.ImageId).FirstOrDefault(held => held.TotalBytes == upload.TotalBytes) is { } now && !still(now)) return false;
            file.Remove();
            return true;
        }
        catch (UploadBusyException)
        {
            return false;
        }
    }

    private IEnumerable<HeldUpload> List(string imageId) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles($"{Prefix}{imageId}*{Suffix}").Select(Describe).OfType<HeldUpload>()
        : [];

    private static HeldUpload? Describe(FileInfo file)
    {
        if (file.Name.Length < Prefix.Length + IdLength + Suffix.Length) return null;
        string id = file.Name.Substring(Prefix.Length, IdLength), rest = file.Name[(Prefix.Length + IdLength)..^Suffix.Length];
        if (!Guid.TryParseExact(id, "D", out _) || !rest.StartsWith('-')) return null;
        bool isNumber = long.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out long total);
        try
        {
            return isNumber ? new HeldUpload(id, total, file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}

/// <summary>What has come of one upload.</summary>
/// <param name="TotalBytes">Of the whole image, as its client said.</param>
/// <param name="HeldBytes">From the front, without a gap.</param>
/// <param name="LastWrite">UTC.</param>
internal sealed record HeldUpload(string ImageId, long TotalBytes, long HeldBytes, DateTime LastWrite);

/// <summary>Another connection writes this upload.</summary>
public sealed class UploadBusyException(string imageId, Exception? inner = null)
    : Exception($"Another connection is uploading data of image {imageId}; ask for the offset and try again.", inner);

/// <summary>A client that keeps its connection but sends nothing, as one whose link was cut without a word.</summary>
public sealed class UploadSilentException(TimeSpan patience, Exception inner)
    : Exception($"Nothing came for {patience.TotalSeconds:0} s. What came before is kept; ask for the offset and go on there.", inner);
