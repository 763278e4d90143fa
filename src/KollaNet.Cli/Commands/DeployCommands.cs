using System.CommandLine;
using KollaNet.Engine;
using KollaNet.Engine.Running;

namespace KollaNet.Cli.Commands;

/// <summary>Everything that makes a plan and runs it: deploy, reconfigure, genconfig, pull, stop, destroy, and plan itself.</summary>
internal static class DeployCommands
{
    private const string Consent = "--yes-i-really-really-mean-it";

    public static Command Of(Session session, string name, string description, DeployAction action)
    {
        Option<int> parallelism = Parallelism();
        var command = new Command(name, description) { parallelism };
        // Kolla asks for this before it stops anything; here it is accepted and not needed.
        if (action == DeployAction.Stop) command.Options.Add(new Option<bool>(Consent) { Hidden = true });
        Option<bool> move = AcceptDataMove();
        if (action is DeployAction.Deploy or DeployAction.Reconfigure or DeployAction.DeployContainers) command.Options.Add(move);
        command.SetAction((line, cancel) => RunAsync(session, line, name,
            new DeployRequest { Site = session.Site(line), Action = action, Parallelism = line.GetValue(parallelism), AcceptDataMove = line.GetValue(move) }, cancel));
        return command;
    }

    public static Command Plan(Session session)
    {
        Argument<string> action = new Argument<string>("ACTION") { Description = "The command whose changes are shown.", DefaultValueFactory = _ => "deploy" }
            .OneOf("deploy", "reconfigure", "deploy-containers", "genconfig", "pull", "stop", "destroy");
        Option<bool> move = AcceptDataMove();
        var command = new Command("plan", "Say what would change and why, and change nothing. Exit code 2 when there is something to change.") { action, move };
        command.SetAction((line, cancel) => RunAsync(session, line, "plan",
            new DeployRequest { Site = session.Site(line), Action = ActionOf(line.GetValue(action)!), PlanOnly = true, AcceptDataMove = line.GetValue(move) }, cancel));
        return command;
    }

    public static Command Destroy(Session session)
    {
        var consent = new Option<bool>(Consent) { Description = "Do it. Without this the list of what would be removed is all." };
        var images = new Option<bool>("--include-images") { Description = "Remove the images that kollanet built, too." };
        var command = new Command("destroy", "Remove every container, volume and file that carries this site's label, images of users included.") { consent, images };
        command.SetAction(async (line, cancel) =>
        {
            var request = new DeployRequest { Site = session.Site(line), Action = DeployAction.Destroy, IncludeImages = line.GetValue(images), PlanOnly = true };
            int planned = await RunAsync(session, line, "destroy", request, cancel);
            if (line.GetValue(consent) && planned == ExitCodes.ChangesPending) return await RunAsync(session, line, "destroy", request with { PlanOnly = false }, cancel);
            if (planned != ExitCodes.ChangesPending) return planned;
            session.Services.Error.WriteLine($"Nothing was removed. Add {Consent} to remove what is listed above.");
            return ExitCodes.Failed;
        });
        return command;
    }

    public static async Task<int> RunAsync(Session session, ParseResult line, string title, DeployRequest request, CancellationToken cancel)
    {
        DeployReport report = await session.View(line).ShowAsync(title, progress => session.Deployment(progress).DeployAsync(request, cancel));
        return ExitCodes.Of(report);
    }

    private static DeployAction ActionOf(string name) => Enum.Parse<DeployAction>(name.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    private static Option<bool> AcceptDataMove() =>
        new("--accept-data-move") { Description = "A service may be given another data volume than the one that holds what users have stored, or lose a store that still holds some; what is there stays as it is." };

    private static Option<int> Parallelism() => CheckedValues.WholeNumber(1, 8, "Most steps at once.", "--parallelism", "--forks");
}
