using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>A server over an empty MariaDB database.</summary>
public sealed class MariaDbApi : IAsyncLifetime
{
    public ApiServer Server { get; } = new() { Database = NewDatabaseAsync };

    public static async Task<string> NewDatabaseAsync(CancellationToken cancel) => await (await MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("api", cancel);

    public ValueTask InitializeAsync() => Server.InitializeAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>A server with two file stores over SQLite.</summary>
public sealed class TwoStoreApi : IAsyncLifetime
{
    public ApiServer Server { get; } = new() { SecondStore = true };

    public ValueTask InitializeAsync() => Server.InitializeAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>A server with two file stores over an empty MariaDB database.</summary>
public sealed class TwoStoreMariaDbApi : IAsyncLifetime
{
    public ApiServer Server { get; } = new() { SecondStore = true, Database = MariaDbApi.NewDatabaseAsync };

    public ValueTask InitializeAsync() => Server.InitializeAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
