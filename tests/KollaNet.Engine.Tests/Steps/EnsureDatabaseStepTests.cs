using System.Data.Common;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;
using KollaNet.Engine.Tests.Planning;
using KollaNet.Engine.Tests.Site;
using KollaNet.TestHost;

namespace KollaNet.Engine.Tests.Steps;

/// <summary>On a real MariaDB server.</summary>
public sealed class EnsureDatabaseStepTests : IAsyncLifetime
{
    private readonly DatabaseConnections connections = new();
    private readonly InMemoryEngine engine = new(_ => new ContainerBehaviour { ExitCode = 0 });
    private readonly string name = $"db_{Guid.NewGuid():N}"[..12];
    private MariaDbServer server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await MariaDbServer.StartedAsync(Cancel);

    public ValueTask DisposeAsync() => connections.DisposeAsync();

    private DatabaseServer Server(string? password = null) => new("mariadb", server.Host, server.Port, "root", password ?? server.RootPassword, ["mariadb"]);

    private EnsureDatabaseStep Step(string password = "pass'word\\1", string? rootPassword = null) =>
        new(new StepId("", "database", name), "svc", [], Server(rootPassword), new DesiredDatabase(name, name, password), [new StepId("node1", "container", "bootstrap_svc")]);

    private async Task<T> OnAsync<T>(Func<StepContext, Task<T>> work)
    {
        var host = new MemoryHost("node1", SiteFolder.FactsOf("node1", "10.0.0.1"), engine);
        using var on = new StepContext(new Dictionary<string, IHost> { ["node1"] = host }, new HttpClient(), connections.OpenAsync, new Redactor(["wrong-root-password"]), TimeProvider.System, (_, _) => { });
        return await work(on);
    }

    private Task<StepResult> RunAsync(EnsureDatabaseStep step) => OnAsync(on => step.RunAsync(on, Cancel));

    [Fact]
    public async Task A_database_and_its_user_are_made_once()
    {
        (await OnAsync(on => Step().LookAsync(on, Cancel))).Kind.Should().Be(StepOutlookKind.WouldChange);
        (await RunAsync(Step())).Should().Be(StepResult.Did($"database created; user {name} created"));
        (await RunAsync(Step())).Should().Be(StepResult.Unchanged());
        (await OnAsync(on => Step().LookAsync(on, Cancel))).Kind.Should().Be(StepOutlookKind.Unchanged);

        await using DbConnection connection = await connections.OpenAsync(Server(), name, "pass'word\\1", name, Cancel);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE t (a INT)";
        await command.ExecuteNonQueryAsync(Cancel);
        command.CommandText = "SELECT CONCAT(@@character_set_database, ' ', @@collation_database)";
        (await command.ExecuteScalarAsync(Cancel)).Should().Be("utf8mb3 utf8mb3_general_ci");
    }

    [Fact]
    public async Task A_password_that_differs_is_set_and_the_data_stays()
    {
        await RunAsync(Step());

        (await RunAsync(Step(password: "another"))).Should().Be(StepResult.Did($"password and grants of user {name} set"));
        (await RunAsync(Step(password: "another"))).Changed.Should().BeFalse();
    }

    [Fact]
    public async Task A_database_made_anew_forgets_the_job_that_filled_the_old_one()
    {
        engine.AddImage("img");
        await engine.CreateContainerAsync(new ContainerSpec { Name = "bootstrap_svc", Image = "img" }, Cancel);

        await RunAsync(Step());

        (await engine.FindContainerAsync("bootstrap_svc", Cancel)).Should().BeNull();
    }

    [Fact]
    public async Task A_wrong_administrators_password_names_key_and_volume_and_no_password()
    {
        KollaNetException failure = (await FluentActions.Awaiting(() => RunAsync(Step(rootPassword: "wrong-root-password"))).Should().ThrowAsync<KollaNetException>()).Which;

        failure.What.Should().Contain("does not let user root in");
        failure.Why.Should().Contain("database_password in passwords.yml").And.Contain("volume mariadb");
        failure.ToString().Should().NotContain("wrong-root-password");
    }
}
