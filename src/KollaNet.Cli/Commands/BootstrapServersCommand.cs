using System.Collections.Immutable;
using System.CommandLine;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Hosts.Bootstrap;
using KollaNet.Engine.Site;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet bootstrap-servers</c>: prepares every host of the inventory; leaves a working engine alone.</summary>
internal static class BootstrapServersCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("bootstrap-servers", "Install and start the container engine and make the folders Kolla expects, on every host; safe to repeat.");
        command.SetAction((line, cancel) => RunAsync(session, line, cancel));
        return command;
    }

    /// <summary>Works before there is a configuration: it needs the inventory only.</summary>
    /// <exception cref="SiteInvalidException">The inventory or <c>--limit</c> cannot be used; no host was changed.</exception>
    public static async Task<int> RunAsync(Session session, ParseResult line, CancellationToken cancel)
    {
        SiteRequest request = session.Site(line);
        Site site = SiteReader.Read(request);
        if (!site.HostProblems.IsEmpty) throw new SiteInvalidException(site.HostProblems);
        var bootstrap = new HostBootstrap(new BootstrapOptions { ConfigFolder = request.ConfigFolder });
        TextWriter output = session.Services.Out;
        bool verbose = line.GetValue(session.Options.Verbose);
        foreach (SiteHost target in site.Hosts.Where(host => host.Selected))
        {
            await using IHost host = session.Hosts.Open(target);
            ImmutableArray<BootstrapAction> plan = await bootstrap.PlanAsync(host, cancel);
            foreach (BootstrapAction action in plan) output.WriteLine($"start    {host.Name}: {action.What}: {action.Because}");
            var said = new SaidLines(text =>
            {
                if (verbose) output.WriteLine($"         {host.Name}: {text.TrimEnd()}");
            });
            await foreach (BootstrapResult result in HostBootstrap.RunAsync(host, plan, said, cancel))
                output.WriteLine($"{(result.Changed ? "changed" : "ok"),-8} {host.Name}: {result.Action.What}");
            EngineLine(output, host.Name, await host.Containers.VersionAsync(cancel), plan.Length);
        }

        return ExitCodes.Success;
    }

    private static void EngineLine(TextWriter output, string host, Engine.Containers.EngineVersion engine, int actions) =>
        output.WriteLine($"ok       {host}: {engine.Product}, API {engine.ApiVersion}, data in {engine.DataFolder}{(actions == 0 ? "; nothing to do" : "")}");

    private sealed class SaidLines(Action<string> line) : IProgress<string>
    {
        public void Report(string value) => line(value);
    }
}
