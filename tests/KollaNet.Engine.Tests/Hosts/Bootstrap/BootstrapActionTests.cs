using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Hosts.Bootstrap;
using KollaNet.Engine.Hosts.Local;
using KollaNet.Engine.Processes;
using KollaNet.TestHost;

namespace KollaNet.Engine.Tests.Hosts.Bootstrap;

/// <summary>The actions on this very machine, with folders, accounts and a daemon of the test's own.</summary>
public sealed class BootstrapActionTests : IAsyncDisposable, IProgress<string>
{
    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-test-").FullName;
    private readonly string account = $"kn{Guid.NewGuid().ToString("N")[..8]}";
    private readonly LocalHost host;

    public BootstrapActionTests() => host = new LocalHost("here", new ProcessRunner(), At("docker.sock"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string At(string path) => Path.Combine(folder, path);

    void IProgress<string>.Report(string value) => TestContext.Current.SendDiagnosticMessage(value);

    public async ValueTask DisposeAsync()
    {
        await host.RunScriptAsync($"PATH=$PATH:/usr/sbin; ! getent passwd {account} || userdel -r {account}; ! getent group {account} || groupdel {account}; [ ! -f {At("pid")} ] || kill -- -$(cat {At("pid")})", CancellationToken.None);
        await host.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> RunAsync(BootstrapAction action)
    {
        await foreach (BootstrapResult result in HostBootstrap.RunAsync(host, [action], this, Cancel)) return result.Changed;
        throw new InvalidOperationException("an action gave no result");
    }

    [Fact]
    public async Task Folders_and_accounts_are_made_once_and_then_planned_no_more()
    {
        BootstrapOptions options = new() { ConfigFolder = At("kolla"), ConfigOwner = account, Group = account, GroupId = Random.Shared.Next(50_000, 60_000), CanBuild = false };
        HostBootstrap bootstrap = new(options);
        ImmutableArray<BootstrapAction> plan = [.. (await bootstrap.PlanAsync(host, Cancel)).Where(action => action is MakeFolder or MakeGroup or MakeUser)];

        List<bool> first = [], second = [];
        await foreach (BootstrapResult result in HostBootstrap.RunAsync(host, plan, this, Cancel)) first.Add(result.Changed);
        await foreach (BootstrapResult result in HostBootstrap.RunAsync(host, plan, this, Cancel)) second.Add(result.Changed);

        first.Should().Equal(true, true, true, true);
        second.Should().Equal(false, false, false, false);
        (await bootstrap.PlanAsync(host, Cancel)).Should().NotContain(action => action is MakeFolder || action is MakeGroup || action is MakeUser);
        File.GetUnixFileMode(At("kolla/config")).Should().Be((UnixFileMode)0b111_101_101);
        (await host.RunScriptAsync($"stat -c '%U %G %g' {At("kolla")}", Cancel)).Output.Should().Be($"{account} {account} {options.GroupId}\n");
    }

    [Fact]
    public async Task A_package_that_is_installed_is_not_installed_again() =>
        (await RunAsync(new InstallPackages(["coreutils", "findutils"], "test"))).Should().BeFalse();

    [Fact]
    public async Task A_package_that_does_not_exist_is_reported_in_the_words_of_apt()
    {
        using MachineLock alone = await TestMachine.AloneAsync(Cancel);
        Func<Task> install = () => RunAsync(new InstallPackages(["kollanet-no-such-package"], "test"));

        HostCommandException failure = (await install.Should().ThrowAsync<HostCommandException>()).Which;
        failure.What.Should().Be("Could not install kollanet-no-such-package on here.");
        failure.Why.Should().Contain("Unable to locate package kollanet-no-such-package");
    }

    [Fact]
    public async Task Settings_are_written_unless_there_are_some()
    {
        WriteEngineSettings write = new(new EnginePaths { Settings = At("daemon.json") }, "test");

        (await RunAsync(write)).Should().BeTrue();
        System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(At("daemon.json"), Cancel)).RootElement.GetProperty("log-opts").GetProperty("max-file").GetString().Should().Be("5");
        await File.WriteAllTextAsync(At("daemon.json"), "mine", Cancel);
        (await RunAsync(write)).Should().BeFalse();
        (await File.ReadAllTextAsync(At("daemon.json"), Cancel)).Should().Be("mine");
    }

    [Fact]
    public async Task A_daemon_that_dies_is_reported_with_the_end_of_its_output()
    {
        StartEngine start = Start("echo first words; echo 'failed to start daemon: no iptables' >&2; exit 1");

        Func<Task> run = () => RunAsync(start);

        HostCommandException failure = (await run.Should().ThrowAsync<HostCommandException>()).Which;
        failure.What.Should().Be("The container engine could not be started on here.");
        failure.Why.Should().Contain("failed to start daemon: no iptables");
        failure.Next.Should().Contain(At("dockerd.log"));
    }

    [Fact]
    public async Task A_daemon_that_stays_silent_is_not_waited_for_for_ever()
    {
        Func<Task> run = () => RunAsync(Start("echo thinking; sleep 600") with { Patience = TimeSpan.FromSeconds(1) });

        (await run.Should().ThrowAsync<HostCommandException>()).Which.Why.Should().Contain("did not answer within 1 s").And.Contain("thinking");
    }

    [Fact]
    public async Task A_stale_pid_file_is_cleared_and_the_daemon_is_waited_for_until_it_answers()
    {
        await File.WriteAllTextAsync(At("docker.pid"), $"{Environment.ProcessId}", Cancel);   // alive, but not a daemon
        Task serving = ServeWhenStartedAsync();

        (await RunAsync(Start($"[ ! -e {At("docker.pid")} ] && touch {At("started")}; sleep 600"))).Should().BeTrue();
        (await RunAsync(Start("exit 1"))).Should().BeFalse("it answers already");

        File.Exists(At("docker.pid")).Should().BeFalse();
        serving.IsFaulted.Should().BeFalse();
    }

    private StartEngine Start(string script)
    {
        File.WriteAllText(At("testdockerd"), $"#!/bin/sh\necho $$ >{At("pid")}\n{script}\n");
        File.SetUnixFileMode(At("testdockerd"), (UnixFileMode)0b111_101_101);
        EnginePaths paths = new() { Daemon = At("testdockerd"), Socket = At("docker.sock"), PidFile = At("docker.pid"), Log = At("dockerd.log") };
        return new StartEngine(paths, HasSystemd: false, TimeSpan.FromSeconds(60), "test");
    }

    /// <summary>Stands in for the daemon's API: every call is told a version.</summary>
    private async Task ServeWhenStartedAsync()
    {
        while (!File.Exists(At("started"))) await Task.Delay(10, Cancel);
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(At("docker.sock")));
        listener.Listen();
        while (true)
        {
            using Socket connection = await listener.AcceptAsync(Cancel);
            const string body = """{"Version":"20.10.24","ApiVersion":"1.41"}""";
            await connection.ReceiveAsync(new byte[4096], Cancel);
            await connection.SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"), Cancel);
        }
    }
}
