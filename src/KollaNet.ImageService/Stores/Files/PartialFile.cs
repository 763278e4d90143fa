using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Stores.Files;

/// <summary>An image being written: a hidden file beside the finished ones, locked while its writer lives. It gets the image's name when complete, and
/// is removed otherwise. Takes bytes as a stream, in order.</summary>
internal sealed class PartialFile : Stream
{
    private const int IdLength = 36;
    private const string Prefix = ".kollanet-", Suffix = ".partial";

    /// <summary>Bytes go to the disk in pieces of this size while others still come, so that little is left for the sync at the end.</summary>
    private const long WriteBackBytes = 8 * 1024 * 1024;

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly long? declaredBytes;
    private readonly bool leaveHoles;
    private long sentToDisk;
    private bool kept;

    private PartialFile(string path, SafeFileHandle file, long? declaredBytes, bool leaveHoles)
    {
        (this.path, this.file, this.declaredBytes, this.leaveHoles) = (path, file, declaredBytes, leaveHoles);
    }

    /// <summary>Bytes taken so far.</summary>
    public long WrittenBytes { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => WrittenBytes;

    public override long Position { get => WrittenBytes; set => throw new NotSupportedException(); }

    /// <summary>A name that <see cref="Sweep"/> knows, for a file that another program writes.</summary>
    public static string NewPath(string folder, string imageId) => Path.Combine(folder, $"{Prefix}{imageId}-{Path.GetRandomFileName()}{Suffix}");

    /// <param name="leaveHoles">Do not write zeros.</param>
    public static PartialFile Create(string folder, string imageId, long? declaredBytes, bool leaveHoles)
    {
        string path = NewPath(folder, imageId);
        try
        {
            // FileShare.None takes the lock that tells others that the writer lives.
            return new PartialFile(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None), declaredBytes, leaveHoles);
        }
        catch (Exception e) when (LinuxFile.Explain(e, path) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>The image that a file of this name is part of; null when it is no partial file.</summary>
    public static string? FindImageId(string fileName) =>
        fileName.StartsWith(Prefix, StringComparison.Ordinal) && fileName.EndsWith(Suffix, StringComparison.Ordinal) && fileName.Length > Prefix.Length + IdLength
            ? fileName.Substring(Prefix.Length, IdLength)
            : null;

    /// <summary>Removes what dead writers left.</summary>
    /// <param name="imageId">Of this image only; null for all.</param>
    /// <param name="unchangedFor">Leaves younger files alone, for file systems where a living writer's lock cannot be seen.</param>
    public static void Sweep(string folder, string? imageId, TimeSpan unchangedFor)
    {
        foreach (string path in Directory.GetFiles(folder, $"{Prefix}{imageId}*{Suffix}"))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < unchangedFor) continue;
            try
            {
                using SafeFileHandle unlocked = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.None);
                File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Locked by its living writer, or gone meanwhile, or not ours to touch.
            }
        }
    }

    /// <summary>Makes the bytes durable and gives the file its name.</summary>
    /// <returns>False: that name is taken; the partial file will be removed.</returns>
    public bool TryKeepAs(string finalPath, UnixFileMode? mode)
    {
        if (declaredBytes is { } declared && declared != WrittenBytes) throw new ImageSizeMismatchException(declared, WrittenBytes);
        try
        {
            if (leaveHoles) RandomAccess.SetLength(file, WrittenBytes);
            if (mode is { } wanted && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file, wanted);
            RandomAccess.FlushToDisk(file);
            kept = LinuxFile.TryRename(path, finalPath);
        }
        catch (Exception e) when (LinuxFile.Explain(e, finalPath) is { } failure)
        {
            throw failure;
        }

        if (kept) LinuxFile.SyncFolder(Path.GetDirectoryName(finalPath)!);
        return kept;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    // Page cache copies mostly: handing them to another thread, as the asynchronous calls would, costs more than it frees.
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (WrittenBytes + buffer.Length > declaredBytes) throw new ImageSizeMismatchException(declaredBytes.Value, null);
        try
        {
            if (!leaveHoles || buffer.ContainsAnyExcept((byte)0)) RandomAccess.Write(file, buffer, WrittenBytes);
        }
        catch (Exception e) when (LinuxFile.Explain(e, path) is { } failure)
        {
            throw failure;
        }

        WrittenBytes += buffer.Length;
        if (WrittenBytes - sentToDisk < WriteBackBytes) return;
        LinuxFile.BeginWriteBack(file, sentToDisk, WrittenBytes - sentToDisk);
        sentToDisk = WrittenBytes;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>The failure that led here is the one to tell; what stays is swept later.</summary>
    private static void DeleteIfPossible(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!kept && !file.IsClosed) DeleteIfPossible(path);
        file.Dispose();
        base.Dispose(disposing);
    }
}
