using System.Collections.Concurrent;
using System.Data.Common;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps.Identity;

namespace KollaNet.Engine.Steps;

/// <summary>What steps need to run: the hosts, the clock, connections, a place to report progress. One per run.</summary>
/// <param name="hosts">Inventory name to open host.</param>
/// <param name="http">For probes and Keystone; shared, so that connections are reused.</param>
/// <param name="openDatabase">Logs in to a database server; the database is null for none.</param>
/// <param name="secrets">Applied to everything a step reports from outside.</param>
/// <param name="clock">The deployment's clock.</param>
/// <param name="progress">Called with a step's id and a line.</param>
public sealed class StepContext(
    IReadOnlyDictionary<string, IHost> hosts, HttpClient http, OpenDatabase openDatabase, Redactor secrets, TimeProvider clock, Action<StepId, string> progress) : IDisposable
{
    private readonly ConcurrentDictionary<IdentityServer, IdentitySession> identities = new();

    /// <summary>Shared by every step of the run.</summary>
    public HttpClient Http { get; } = http;

    /// <summary>Removes secrets from texts that come from outside.</summary>
    public Redactor Secrets { get; } = secrets;

    /// <summary>The deployment's clock.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>A host by its inventory name.</summary>
    public IHost Host(string name) => hosts[name];

    /// <summary>Keystone, as all steps of the run see it.</summary>
    public IdentitySession Identity(IdentityServer server) => identities.GetOrAdd(server, (_, h) => new IdentitySession(h, server), Http);

    /// <summary>Logs in to a database server.</summary>
    /// <exception cref="DbException">It refused, or was not reached.</exception>
    public Task<DbConnection> OpenDatabaseAsync(DatabaseServer server, string user, string password, string? database, CancellationToken cancel) => openDatabase(server, user, password, database, cancel);

    /// <summary>Reports a line of a running step.</summary>
    public void Report(StepId step, string line) => progress(step, Secrets.Redact(line));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IdentitySession session in identities.Values) session.Dispose();
        Http.Dispose();
    }
}

/// <summary>Logs in to a database server as somebody.</summary>
/// <param name="database">Null for none.</param>
public delegate Task<DbConnection> OpenDatabase(DatabaseServer server, string user, string password, string? database, CancellationToken cancel);
