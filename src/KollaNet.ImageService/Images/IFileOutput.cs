using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Images;

/// <summary>The way out of a connection for bytes that lie in a file: the kernel moves them, and they are not copied through this process.</summary>
internal interface IFileOutput
{
    /// <summary>Sends what the connection takes without waiting; only once everything that was written before is flushed. Who calls it must then write as many bytes of whatever content to the
    /// response, which counts them but does not send them.</summary>
    /// <returns>Bytes sent; 0 when there is no room now, the file has ended, or this file or connection cannot do it: then the bytes must go the usual way.</returns>
    int TrySend(SafeFileHandle file, long offsetBytes, long mostBytes);
}

/// <summary>A stream whose next bytes lie in a file.</summary>
internal interface IFileBytes
{
    /// <summary>Hands the place of the next bytes to who can send them from there, and goes on behind those that were sent.</summary>
    /// <returns>Bytes sent; 0 also when they do not lie in a file.</returns>
    int SendTo(IFileOutput output);
}
