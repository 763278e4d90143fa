using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Tests.Stores;

/// <summary>What a store holds, whole.</summary>
internal static class StoredBytes
{
    public static async Task<byte[]> ReadAllAsync(this IImageStore store, string url, long offset = 0, long? length = null)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using Stream stream = await store.OpenReadAsync(url, offset, length, cancel);
        var copy = new MemoryStream();
        await stream.CopyToAsync(copy, cancel);
        return copy.ToArray();
    }
}
