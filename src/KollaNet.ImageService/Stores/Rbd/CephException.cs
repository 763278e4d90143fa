using System.Runtime.InteropServices;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Ceph refused or could not do something.</summary>
/// <param name="doing">What was tried, as the middle of a sentence: "create image X".</param>
/// <param name="errno">Positive, as Linux numbers them.</param>
internal sealed class CephException(string doing, int errno) : IOException($"Ceph could not {doing}: {Marshal.GetPInvokeErrorMessage(errno)}.", errno)
{
    public const int NotPermitted = 1, Missing = 2, AccessDenied = 13, Busy = 16, Exists = 17, Invalid = 22, NoSpace = 28, ReadOnly = 30, NotEmpty = 39, TimedOut = 110, CutOff = 108, QuotaUsedUp = 122;

    /// <summary>As Linux numbers them.</summary>
    public int Errno { get; } = errno;

    /// <summary>A call's result, when it is none of the errors.</summary>
    /// <exception cref="CephException">It is one.</exception>
    public static int Check(int result, string doing) => result >= 0 ? result : throw new CephException(doing, -result);

    /// <summary>What the failure means to whoever uses the store.</summary>
    /// <param name="url">Where in the cluster.</param>
    public Exception ForStore(string url) => Errno switch
    {
        Missing => new ImageDataMissingException(url),
        Busy => new ImageDataInUseException(url, Message),
        NoSpace or QuotaUsedUp => new StoreFullException(Message, this),
        NotPermitted or AccessDenied or ReadOnly => new StoreForbidsWritingException(Message, this),
        _ => new StoreUnreachableException(url, this),
    };
}
