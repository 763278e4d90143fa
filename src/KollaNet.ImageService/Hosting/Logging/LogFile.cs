using System.Text;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Hosting.Logging;

/// <summary>A log file that survives rotation: when it was moved, removed or cut, the next line begins a new one.</summary>
internal sealed class LogFile : TextWriter
{
    private readonly string path;
    private FileStream file;
    private volatile bool asked;

    /// <param name="path">Its folder is made.</param>
    /// <exception cref="ConfigurationInvalidException">It cannot be written.</exception>
    public LogFile(string path)
    {
        this.path = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(this.path)!);
            file = Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationInvalidException([Explain(this.path, e.Message)]);
        }
    }

    /// <summary>Why the file could not be written, as a sentence without a full stop; null when it could. Makes nothing.</summary>
    public static string? FindProblem(string path)
    {
        path = Path.GetFullPath(path);
        string there = path;
        while (!Path.Exists(there)) there = Path.GetDirectoryName(there)!;
        if (there == path && Directory.Exists(path)) return Explain(path, "it is a folder");
        if (there != path && File.Exists(there)) return Explain(path, $"{there} is not a folder");
        return LinuxFile.FindWriteProblem(there) is { } why ? Explain(path, $"{there}: {why}") : null;
    }

    /// <inheritdoc/>
    public override Encoding Encoding { get; } = new UTF8Encoding(false);

    /// <summary>The next line goes to whatever has the name then.</summary>
    public void Reopen() => asked = true;

    /// <inheritdoc/>
    public override void Write(char value) => file.Write(Encoding.GetBytes([value]));

    /// <inheritdoc/>
    public override async Task WriteAsync(string? value)
    {
        if (asked || WasRotated()) await ReplaceAsync();
        await file.WriteAsync(Encoding.GetBytes(value ?? ""));
    }

    /// <inheritdoc/>
    public override Task FlushAsync() => file.FlushAsync();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }

    private static string Explain(string path, string why) => $"[DEFAULT] log_file, log_dir: {path} cannot be written: {why}";

    private FileStream Open() => new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 14);

    private bool WasRotated()
    {
        var now = new FileInfo(path);
        return !now.Exists || now.Length < file.Position - BufferedAtMost;
    }

    // What is still in the buffer is not in the file's length yet.
    private const int BufferedAtMost = 1 << 14;

    private async Task ReplaceAsync()
    {
        asked = false;
        FileStream next;
        try
        {
            next = Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;   // Better the old file than none.
        }

        await file.DisposeAsync();
        file = next;
    }
}
