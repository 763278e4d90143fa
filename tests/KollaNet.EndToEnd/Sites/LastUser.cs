using KollaNet.EndToEnd.Sites;
using KollaNet.TestHost;

[assembly: AssemblyFixture(typeof(LastUser))]

namespace KollaNet.EndToEnd.Sites;

/// <summary>Removes the images of all tests when these, the longest, are over.</summary>
public sealed class LastUser : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await TestImages.RemoveAsync(CancellationToken.None);
}
