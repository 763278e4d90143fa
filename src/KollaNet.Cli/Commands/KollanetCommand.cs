using System.CommandLine;
using System.CommandLine.Invocation;
using KollaNet.Cli.Output;
using KollaNet.Engine;

namespace KollaNet.Cli.Commands;

/// <summary>The whole command line: one line per command.</summary>
internal static class KollanetCommand
{
    /// <param name="cancel">Stops what runs; so does SIGINT or SIGTERM.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, CommandServices services, CancellationToken cancel = default)
    {
        (string[] ours, string[] clients) = PassedArguments.Split(arguments);
        services = services with { ClientArguments = clients };
        RootCommand root = Tree(services);
        // An argument that begins with @ is a file of variables, as with Ansible, and not one with more arguments.
        ParseResult line = root.Parse(ours.Length > 0 ? ours : ["--help"], new ParserConfiguration { ResponseFileTokenReplacer = null });
        int exit = await RunAsync(line, services, cancel);
        return arguments.Length > 0 ? exit : ExitCodes.Failed;
    }

    /// <summary>Every command with its arguments and options.</summary>
    public static RootCommand Tree(CommandServices services)
    {
        var options = new SiteOptions(services);
        var session = new Session(options, services);
        var root = new RootCommand("Deploys OpenStack's image service and what it needs, the way Kolla does, in containers on Docker.")
        {
            QuickstartCommand.Create(session),
            BootstrapServersCommand.Create(session),
            GenpwdCommand.Create(session),
            MergepwdCommand.Create(session),
            SampleCommand.Create(session),
            BuildCommand.Create(session),
            CheckCommands.Prechecks(session),
            CheckCommands.ValidateConfig(session),
            DeployCommands.Plan(session),
            DeployCommands.Of(session, "deploy", "Bring every host to the state the configuration asks for; safe to repeat.", DeployAction.Deploy),
            DeployCommands.Of(session, "reconfigure", "The same as deploy, under Kolla's name for it after an edit of globals.yml.", DeployAction.Reconfigure),
            DeployCommands.Of(session, "deploy-containers", "Containers only: no configuration files, no bootstrap, no registration.", DeployAction.DeployContainers),
            DeployCommands.Of(session, "genconfig", "Write the configuration files; touch no container.", DeployAction.GenConfig),
            DeployCommands.Of(session, "pull", "Pull the images of enabled services from docker_registry.", DeployAction.Pull),
            DeployCommands.Of(session, "stop", "Stop every container, those that others depend on last.", DeployAction.Stop),
            DeployCommands.Destroy(session),
            PostDeployCommand.Create(session),
            StatusCommand.Create(session),
            LogsCommand.Create(session),
            ConfigCommand.Create(session),
            OpenstackCommand.Create(session),
            ImagesCommand.Create(session),
        };
        foreach (Option option in options.All) root.Options.Add(option);
        return root;
    }

    private static async Task<int> RunAsync(ParseResult line, CommandServices services, CancellationToken cancel)
    {
        try
        {
            if (line.Action is ParseErrorAction) throw UsageError.Of(line);
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = services.Out, Error = services.Error, ProcessTerminationTimeout = TimeSpan.FromMinutes(2) };
            return await line.InvokeAsync(invocation, cancel);
        }
        catch (KollaNetException problem)
        {
            Failure.Write(services.Error, problem);
            return ExitCodes.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure.Write(services.Error, new KollaNetException($"{UsageError.NameOf(line.CommandResult.Command)} could not go on.", e.Message, "see to the file or folder named above, or run the same command as a user who may use it", e));
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException)
        {
            services.Error.WriteLine("stopped");
            return ExitCodes.Cancelled;
        }
    }
}
