using System.CommandLine;
using KollaNet.Cli.Output;
using KollaNet.Engine;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Images;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;
using Spectre.Console;

namespace KollaNet.Cli.Commands;

/// <summary>Puts the engine's parts together for commands.</summary>
internal sealed class Session(SiteOptions options, CommandServices services)
{
    private readonly ProcessRunner processes = new();

    public SiteOptions Options { get; } = options;

    public CommandServices Services { get; } = services;

    public IProcessRunner Processes => processes;

    public HostConnector Hosts => new(processes);

    public SiteRequest Site(ParseResult line) => Options.Site(line);

    public Deployment Deployment(IProgress<RunEvent>? progress = null) => new(Hosts.Open, TimeProvider.System, progress);

    public ImageBuild ImageBuild(IProgress<RunEvent>? progress) => new(Hosts.Open, TimeProvider.System, progress);

    /// <summary>Live on a terminal, plain when piped, JSON when asked.</summary>
    public IRunView View(ParseResult line)
    {
        bool verbose = line.GetValue(Options.Verbose);
        if (line.GetValue(Options.Json)) return new JsonView(Services.Out);
        return Services.IsTerminal ? new LiveView(AnsiConsole.Console, Services.Out, verbose) : new PlainView(Services.Out, verbose);
    }
}
