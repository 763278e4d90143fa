using KollaNet.TestHost;

namespace KollaNet.MariaDb.Tests;

public sealed class TestHostTests
{
    [Fact]
    public async Task A_restart_keeps_data_and_forgets_what_the_server_only_had_in_memory()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using MariaDbServer server = await MariaDbServer.StartAsync(tlsPem: null, cancel);
        string url = await server.NewDatabaseAsync("restart", cancel);
        string database = url[(url.LastIndexOf('/') + 1)..];
        await server.ExecuteAsRootAsync(
            $"CREATE TABLE {database}.t (a INT); INSERT INTO {database}.t VALUES (7); SET GLOBAL max_connect_errors = 4711", cancel);

        await server.RestartAsync(cancel);

        (await server.ExecuteAsRootAsync($"SELECT a, @@max_connect_errors FROM {database}.t", cancel)).Should().Be("7\t100");
    }
}
