using System.Buffers;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Images.Resumable;

/// <summary>One upload's bytes, locked against other writers as long as it is open. A writer that dies leaves what it wrote.</summary>
internal sealed class ResumableFile(string path, SafeFileHandle file) : IDisposable
{
    private const int BlockBytes = 256 * 1024;

    /// <summary>Bytes that have come.</summary>
    public long HeldBytes => RandomAccess.GetLength(file);

    /// <summary>Adds what comes, and keeps it whatever ends it: a cut connection, a cancel, a silent client.</summary>
    /// <param name="most">Bytes that may come.</param>
    /// <param name="patience">So long nothing may come.</param>
    /// <exception cref="ImageSizeMismatchException">More came; nothing of this call was kept.</exception>
    /// <exception cref="UploadSilentException">The client went silent.</exception>
    /// <exception cref="StoreFullException">No room in the staging folder.</exception>
    public async Task AppendAsync(Stream content, long most, TimeSpan patience, CancellationToken cancel)
    {
        long start = HeldBytes, end = start;
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            while (await ReadAsync(content, block, patience, cancel) is > 0 and int count)
            {
                if (end + count > start + most)
                {
                    RandomAccess.SetLength(file, start);
                    throw new ImageSizeMismatchException(most, null);
                }

                RandomAccess.Write(file, block.AsSpan(0, count), end);
                end += count;
            }
        }
        catch (Exception e) when (LinuxFile.Explain(e, path) is { } failure)
        {
            throw failure;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
            RandomAccess.FlushToDisk(file);
        }
    }

    /// <summary>All that has come, from the front; readable while this is open, and not to be disposed.</summary>
    public Stream OpenRead() => new FileRangeStream(file, 0, HeldBytes);

    /// <summary>Removes the file.</summary>
    public void Remove() => File.Delete(path);

    public void Dispose() => file.Dispose();

    private static async ValueTask<int> ReadAsync(Stream content, Memory<byte> block, TimeSpan patience, CancellationToken cancel)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        silence.CancelAfter(patience);
        try
        {
            return await content.ReadAsync(block, silence.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new UploadSilentException(patience, e);
        }
    }
}
