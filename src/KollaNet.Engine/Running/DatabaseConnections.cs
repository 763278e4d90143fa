using System.Collections.Concurrent;
using System.Data.Common;
using KollaNet.Engine.Planning;
using KollaNet.MariaDb;

namespace KollaNet.Engine.Running;

/// <summary>Connections to database servers for the time of one run.</summary>
internal sealed class DatabaseConnections : IAsyncDisposable
{
    private readonly ConcurrentDictionary<MariaDbSettings, MariaDbDataSource> sources = new();

    /// <inheritdoc cref="Steps.OpenDatabase"/>
    public async Task<DbConnection> OpenAsync(DatabaseServer server, string user, string password, string? database, CancellationToken cancel)
    {
        var settings = new MariaDbSettings { Host = server.Host, Port = server.Port, User = user, Password = password, Database = database, MaxPoolSize = 4 };
        return await sources.GetOrAdd(settings, static wanted => new MariaDbDataSource(wanted)).OpenConnectionAsync(cancel);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (MariaDbDataSource source in sources.Values) await source.DisposeAsync();
    }
}
