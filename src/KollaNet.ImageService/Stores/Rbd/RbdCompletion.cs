using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Waits for one asynchronous call of librbd without a thread.</summary>
internal static unsafe class RbdCompletion
{
    /// <summary>Begins a call; the task has its result.</summary>
    /// <param name="begin">Gets the completion to hand on; a negative result means that nothing was begun.</param>
    public static Task<int> RunAsync(Func<nint, int> begin)
    {
        // The callback runs on a thread of librbd's, which must not be kept.
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var argument = GCHandle.Alloc(done);
        int created = Librbd.CreateCompletion(GCHandle.ToIntPtr(argument), &OnDone, out nint completion);
        if (created < 0)
        {
            argument.Free();
            return Task.FromResult(created);
        }

        int begun = begin(completion);
        if (begun >= 0) return done.Task;
        Librbd.Release(completion);
        argument.Free();
        return Task.FromResult(begun);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnDone(nint completion, nint argument)
    {
        int result = (int)Librbd.GetResult(completion);
        Librbd.Release(completion);
        var handle = GCHandle.FromIntPtr(argument);
        var done = (TaskCompletionSource<int>)handle.Target!;
        handle.Free();
        done.SetResult(result);
    }
}
