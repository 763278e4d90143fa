using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Stores.Files;

/// <summary>Images as files, exactly where Glance's file store puts them: <c>DATADIR/ID</c>, url <c>file://DATADIR/ID</c>. Several processes and hosts
/// may share the folders. Source: glance_store, filesystem driver.</summary>
public sealed class FileStore : IImageStore
{
    private const string Scheme = "file://";
    private static readonly TimeSpan SurelyDead = TimeSpan.FromMinutes(15);

    private readonly StoreOptions options;

    /// <summary>Makes missing folders and removes what writers that died left in them.</summary>
    /// <exception cref="ConfigurationInvalidException">A folder cannot be made or written to, or what should be mounted is not.</exception>
    public FileStore(StoreOptions options)
    {
        this.options = options;
        string[] unmounted = [.. options.RequiredMounts.Select(mount => mount.FindProblem()).OfType<string>().Select(problem =>
            $"[{options.Id}] filesystem_store_required_mounts: {problem}. Images would fill the disk below it or be missing: mount it on the host, or let its server run")];
        if (unmounted.Length > 0) throw new ConfigurationInvalidException(unmounted);
        string[] problems = [.. options.DataFolders.Select(folder => Prepare(folder.Path)).OfType<string>()];
        if (problems.Length > 0) throw new ConfigurationInvalidException(problems);
    }

    /// <inheritdoc/>
    public StoreAbilities Abilities { get; } = new(CanWrite: true);

    /// <inheritdoc/>
    public async Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel)
    {
        if (PathsOf(imageId).Any(path => FindLength(path) is not null)) throw new ImageDataExistsException(imageId);
        string folder = ChooseFolder(sizeBytes ?? 0);
        string final = Path.Combine(folder, imageId);
        await using PartialFile partial = PartialFile.Create(folder, imageId, sizeBytes, options.ThinProvisioning);
        await content.CopyToAsync(partial, cancel);
        cancel.ThrowIfCancellationRequested();
        if (!partial.TryKeepAs(final, options.FileMode)) throw new ImageDataExistsException(imageId);
        return new StoredImage(Scheme + final, partial.WrittenBytes);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        try
        {
            SafeFileHandle file = File.OpenHandle(GetPath(url), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
            long left = Math.Max(0, RandomAccess.GetLength(file) - offsetBytes);
            return Task.FromResult<Stream>(new FileRangeStream(file, offsetBytes, Math.Min(left, lengthBytes ?? left)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageDataMissingException(url);
        }
        catch (Exception e) when (LinuxFile.Explain(e, url) is { } failure)
        {
            throw failure;
        }
    }

    /// <inheritdoc/>
    public Task<long> SizeAsync(string url, CancellationToken cancel) => Task.FromResult(FindLength(GetPath(url)) ?? throw new ImageDataMissingException(url));

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string url, CancellationToken cancel) => Task.FromResult(Delete(GetPath(url)));

    /// <inheritdoc/>
    public Task DiscardPartialAsync(string imageId, CancellationToken cancel)
    {
        CheckId(imageId);
        foreach (DataFolder folder in options.DataFolders) PartialFile.Sweep(folder.Path, imageId, TimeSpan.Zero);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel) =>
        Task.FromResult(PathsOf(imageId).Aggregate(false, (any, path) => Delete(path) || any));

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancel) =>
        options.DataFolders.SelectMany(folder => new DirectoryInfo(folder.Path).EnumerateFiles()).Select(Describe).OfType<StoredObject>().ToAsyncEnumerable();

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoreProperty>> DescribeAsync(CancellationToken cancel)
    {
        string folder = options.Values.GetValueOrDefault("filesystem_store_datadir", options.DataFolders.IsEmpty ? "" : options.DataFolders[0].Path);
        long chunk = long.TryParse(options.Values.GetValueOrDefault("filesystem_store_chunk_size"), out long given) ? given : 65536;
        return Task.FromResult<IReadOnlyList<StoreProperty>>([new("data_dir", folder), new("chunk_size", chunk), new("thin_provisioning", options.ThinProvisioning)]);
    }

    /// <inheritdoc/>
    public bool Owns(string url) => FindPath(url) is not null;

    private string? Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            PartialFile.Sweep(folder, imageId: null, SurelyDead);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"[{options.Id}] filesystem_store_datadir: {folder} cannot be used: {e.Message}";
        }
    }

    /// <summary>Null for a file that is not ours, or gone meanwhile.</summary>
    private static StoredObject? Describe(FileInfo file)
    {
        string? unfinished = PartialFile.FindImageId(file.Name);
        string id = unfinished ?? file.Name;
        if (!IsId(id)) return null;
        try
        {
            return new StoredObject(id.ToLowerInvariant(), $"{Scheme}{file.DirectoryName}/{id}", file.Length, IsComplete: unfinished is null);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Of the folders with room the one with the highest priority; among equals the emptiest. One that does not answer is passed over.</summary>
    private string ChooseFolder(long sizeBytes)
    {
        IOException? silent = null;
        (string Path, int Priority, long Free)[] folders = [.. options.DataFolders.Select(folder => (folder.Path, folder.Priority, FreeBytes(folder.Path, ref silent)))];
        string? chosen = folders.Where(folder => folder.Free > 0 && folder.Free >= sizeBytes)
            .OrderByDescending(folder => folder.Priority).ThenByDescending(folder => folder.Free).Select(folder => folder.Path).FirstOrDefault();
        if (chosen is not null) return chosen;
        throw silent is null ? new StoreFullException($"Store {options.Id} has no room for {sizeBytes} bytes.") : LinuxFile.Unreachable(string.Join(", ", folders.Select(folder => folder.Path)), silent);
    }

    private static long FreeBytes(string folder, ref IOException? silent)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (IOException e)
        {
            silent = e;
            return 0;
        }
    }

    /// <summary>Null when there is no such file. <c>File.Exists</c> would say so of a server that is away, too, and data that is safe would be given up.</summary>
    private static long? FindLength(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (LinuxFile.Explain(e, path) is { } failure)
        {
            throw failure;
        }
    }

    private static bool Delete(string path)
    {
        if (FindLength(path) is null) return false;
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (LinuxFile.Explain(e, path) is { } failure)
        {
            throw failure;
        }
    }

    private IEnumerable<string> PathsOf(string imageId)
    {
        CheckId(imageId);
        return options.DataFolders.Select(folder => Path.Combine(folder.Path, imageId));
    }

    private string GetPath(string url) => FindPath(url) ?? throw new ImageDataMissingException(url);

    /// <summary>Null unless the url is one of our folders plus an image id: what clients put into a location never reaches another file.</summary>
    private string? FindPath(string url)
    {
        if (!url.StartsWith(Scheme, StringComparison.Ordinal)) return null;
        string path = url[Scheme.Length..];
        int slash = path.LastIndexOf('/');
        if (slash < 0 || !IsId(path[(slash + 1)..])) return null;
        ImmutableArray<DataFolder> folders = options.DataFolders;
        string folder = path[..slash].TrimEnd('/');
        return folders.Any(known => known.Path == folder) ? path : null;
    }

    private static void CheckId(string imageId)
    {
        if (!IsId(imageId)) throw new ArgumentException("Not an image id.", nameof(imageId));
    }

    private static bool IsId(string text) => Guid.TryParseExact(text, "D", out _);
}
