using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary>The file that an image was staged to.</summary>
/// <param name="folder">Of the staging store.</param>
internal sealed class StagedData(string folder, string imageId)
{
    /// <summary>Where it is.</summary>
    public string FilePath => Path.Combine(folder, imageId);

    /// <summary>Opens it from the start; seekable.</summary>
    public FileStream OpenRead() => new(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Lets another version be written and puts it in the place of this one. A version that nobody finished is removed; one that a crash left is swept
    /// with the staging store's other partial files.</summary>
    /// <param name="write">Gets the path to write to; there is no file yet.</param>
    public async Task ReplaceAsync(Func<string, Task> write)
    {
        string path = PartialFile.NewPath(folder, imageId);
        try
        {
            await write(path);
            File.Move(path, FilePath, overwrite: true);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
