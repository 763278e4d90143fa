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

    /// <summary>A data source on an empty database of its own.</summary>
    public async Task<MariaDbDataSource> NewDatabaseAsync(string hint, Func<MariaDbSettings, MariaDbSettings>? with = null)
    {
        var settings = MariaDbSettings.Parse(await Server.NewDatabaseAsync(hint, TestContext.Current.CancellationToken));
        return new MariaDbDataSource(with?.Invoke(settings) ?? settings);
    }

    /// <summary>The administrator, for tests that leave nothing behind.</summary>
    public MariaDbSettings Root => new() { Host = Server.Host, Port = Server.Port, User = "root", Password = Server.RootPassword, Database = "mysql" };
}
