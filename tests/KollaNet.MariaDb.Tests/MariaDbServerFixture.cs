using KollaNet.MariaDb.Tests;
using KollaNet.TestHost;

[assembly: AssemblyFixture(typeof(MariaDbServerFixture))]

namespace KollaNet.MariaDb.Tests;

/// <summary>Starts the shared MariaDB before the first test that wants it and removes it after the last.</summary>
public sealed class MariaDbServerFixture : IAsyncLifetime
{
    public MariaDbServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MariaDbServer.StartedAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
