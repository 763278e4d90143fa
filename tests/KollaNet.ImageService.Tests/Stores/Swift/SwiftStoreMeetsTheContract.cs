using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Swift;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Swift;

/// <summary>On a real Swift, by tempauth.</summary>
public class SwiftStoreMeetsTheContract : ImageStoreContract
{
    private SwiftBackend? backend;

    protected override async Task<IImageStore> OpenStoreAsync() => new SwiftStore(Change((await BackendAsync()).Options), TimeProvider.System);

    /// <summary>By image: segments belong to what joins them.</summary>
    protected override async Task<IReadOnlyList<string>> ListBackendAsync() =>
        [.. (await (await BackendAsync()).ListAsync(Cancel)).Select(name => name[..36]).Distinct()];

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (backend is not null) await backend.DisposeAsync();
    }

    /// <summary>What a variant has otherwise.</summary>
    protected virtual SwiftStoreOptions Change(SwiftStoreOptions options) => options;

    private async Task<SwiftBackend> BackendAsync() => backend ??= new SwiftBackend(await SwiftServer.StartedAsync(Cancel));
}

/// <summary>With images of more than a megabyte in segments.</summary>
public sealed class SegmentingSwiftStoreMeetsTheContract : SwiftStoreMeetsTheContract
{
    protected override SwiftStoreOptions Change(SwiftStoreOptions options) =>
        options with { LargeObjectBytes = SwiftStoreOptions.SwiftMegabyte, SegmentBytes = 2 * SwiftStoreOptions.SwiftMegabyte, BufferFolder = Path.GetTempPath() };
}
