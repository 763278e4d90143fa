using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Hosts.Bootstrap;
using KollaNet.Engine.Hosts.Local;
using KollaNet.Engine.Processes;

namespace KollaNet.TestHost;

/// <summary>Gets the machine what tests need, through the code behind <c>kollanet bootstrap-servers</c>. What is there already is left alone.</summary>
public static class TestMachine
{
    /// <summary>Nobody else among the tests changes this machine's packages until the result is disposed.</summary>
    public static Task<MachineLock> AloneAsync(CancellationToken cancel) => MachineLock.TakeAsync("machine", cancel);

    /// <summary>Installs and starts a container engine and what building images needs. Makes neither accounts nor <c>/etc/kolla</c>: those belong to a deployment.</summary>
    public static Task EnsureEngineAsync(CancellationToken cancel) => ChangeAsync(
        async host => [.. (await new HostBootstrap(new BootstrapOptions()).PlanAsync(host, cancel)).Where(action => action is InstallPackages or WriteEngineSettings or StartEngine)], cancel);

    /// <summary>Installs packages of the distribution that are missing.</summary>
    public static Task EnsurePackagesAsync(CancellationToken cancel, params string[] packages) =>
        ChangeAsync(_ => Task.FromResult<ImmutableArray<BootstrapAction>>([new InstallPackages([.. packages], "tests need it")]), cancel);

    private static async Task ChangeAsync(Func<IHost, Task<ImmutableArray<BootstrapAction>>> plan, CancellationToken cancel)
    {
        using MachineLock alone = await AloneAsync(cancel);
        await using LocalHost host = new("localhost", new ProcessRunner());
        await foreach (BootstrapResult _ in HostBootstrap.RunAsync(host, await plan(host), new Nobody(), cancel))
        {
            // Each action throws when it fails; its result is of no interest here.
        }
    }

    private sealed class Nobody : IProgress<string>
    {
        public void Report(string value)
        {
        }
    }
}
