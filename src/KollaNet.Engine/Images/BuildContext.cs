using System.Collections.Immutable;
using System.Formats.Tar;
using System.IO.Pipelines;

namespace KollaNet.Engine.Images;

/// <summary>A build context as a tar stream, made while it is read, so that a large program costs no memory.</summary>
internal static class BuildContext
{
    private const UnixFileMode ReadableMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode ExecutableMode = ReadableMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Times are left at zero: the engine's layer cache compares them.</summary>
    /// <param name="programs">Folder in the context to the folder that is copied there.</param>
    public static Stream Open(ImmutableArray<ContextFile> files, ImmutableArray<(string Path, string Folder)> programs)
    {
        var pipe = new Pipe();
        _ = WriteAsync(pipe.Writer, files, programs);
        return pipe.Reader.AsStream();
    }

    /// <summary>A failure ends the reader's stream with that exception, so nothing is lost by not awaiting it.</summary>
    private static async Task WriteAsync(PipeWriter writer, ImmutableArray<ContextFile> files, ImmutableArray<(string Path, string Folder)> programs)
    {
        Exception? failure = null;
        try
        {
            await using var tar = new TarWriter(writer.AsStream(leaveOpen: true), TarEntryFormat.Pax, leaveOpen: false);
            foreach (ContextFile file in files) await AddAsync(tar, file.Path, new MemoryStream(file.Content), ReadableMode);
            foreach ((string path, string folder) in programs)
                foreach (string source in ProgramFiles(folder))
                    await AddAsync(tar, Path.Combine(path, Path.GetRelativePath(folder, source)), File.OpenRead(source), ModeOf(source));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            failure = problem;
        }

        await writer.CompleteAsync(failure);
    }

    /// <summary>The files of a published program, sorted.</summary>
    public static IEnumerable<string> ProgramFiles(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static UnixFileMode ModeOf(string file) => (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) == 0 ? ReadableMode : ExecutableMode;

    private static async Task AddAsync(TarWriter tar, string path, Stream content, UnixFileMode mode)
    {
        await using (content)
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = content, Mode = mode, ModificationTime = DateTimeOffset.UnixEpoch });
        }
    }
}
