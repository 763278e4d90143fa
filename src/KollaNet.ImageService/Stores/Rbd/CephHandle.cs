using System.Runtime.InteropServices;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>A cluster, a pool or an image that librados or librbd opened for us. It keeps what it was opened from alive, so they may be let go in any order.</summary>
internal sealed class CephHandle : SafeHandle
{
    private readonly Action<nint> close;
    private readonly CephHandle? parent;

    /// <param name="parent">What it was opened from; null for a cluster.</param>
    public CephHandle(nint value, Action<nint> close, CephHandle? parent = null) : base(0, ownsHandle: true)
    {
        (this.close, this.parent) = (close, parent);
        bool added = false;
        parent?.DangerousAddRef(ref added);
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        close(handle);
        parent?.DangerousRelease();
        return true;
    }
}
