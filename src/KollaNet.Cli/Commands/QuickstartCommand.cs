using System.CommandLine;
using System.Security.Cryptography;
using KollaNet.Cli.Output;
using KollaNet.Engine;
using KollaNet.Engine.Images;
using KollaNet.Engine.Site;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet quickstart</c>: every step of a first deployment on this host, ending with a proof.</summary>
internal static class QuickstartCommand
{
    private const int ProofBytes = 8 * 1024 * 1024;

    public static Command Create(Session session)
    {
        var networkInterface = new Option<string>("--interface") { Description = "Interface the services listen on; the loopback interface serves this host only.", DefaultValueFactory = _ => "lo" };
        var command = new Command("quickstart", "Deploy on this host with sane answers: engine, passwords, images, services, and an upload that proves it.") { networkInterface };
        command.SetAction((line, cancel) => RunAsync(session, line, line.GetValue(networkInterface)!, cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, ParseResult line, string networkInterface, CancellationToken cancel)
    {
        long start = TimeProvider.System.GetTimestamp();
        SiteRequest request = session.Site(line);
        (string Title, Func<Task<int>> Run)[] steps =
        [
            ("configuration", () => WriteGlobalsAsync(session, request, networkInterface, cancel)),
            ("bootstrap-servers", () => BootstrapServersCommand.RunAsync(session, line, cancel)),
            ("genpwd", () => GenpwdCommand.RunAsync(session, line, cancel)),
            ("build", () => BuildCommand.RunAsync(session, line, new ImageBuildRequest { Site = request }, cancel)),
            ("prechecks", async () => CheckCommands.Write(session, line, "prechecks", await session.Deployment().PrecheckAsync(request, cancel))),
            ("deploy", () => DeployCommands.RunAsync(session, line, "deploy", new DeployRequest { Site = request }, cancel)),
            ("post-deploy", () => PostDeployCommand.RunAsync(session, line, cancel)),
            ("proof", () => ProveAsync(session, line, cancel)),
        ];
        for (int i = 0; i < steps.Length; i++)
        {
            session.Services.Out.WriteLine($"\n== {i + 1}/{steps.Length} {steps[i].Title}");
            int exit = await steps[i].Run();
            if (exit != ExitCodes.Success) return exit;
        }

        session.Services.Out.WriteLine($"""

            Your image service is up, after {ReportText.Seconds(TimeProvider.System.GetElapsedTime(start))}.
              what runs            kollanet status
              credentials          . {Path.Combine(request.ConfigFolder, "admin-openrc.sh")}
              the client           kollanet openstack image list
              change something     edit {Path.Combine(request.ConfigFolder, "globals.yml")}, then kollanet plan and kollanet reconfigure
            """);
        return ExitCodes.Success;
    }

    /// <summary>Writes only what has no default that fits every host; an existing file is the operator's and stays.</summary>
    private static async Task<int> WriteGlobalsAsync(Session session, SiteRequest request, string networkInterface, CancellationToken cancel)
    {
        string file = Path.Combine(request.ConfigFolder, "globals.yml");
        if (File.Exists(file))
        {
            session.Services.Out.WriteLine($"ok       {file} is there and stays as it is");
            return ExitCodes.Success;
        }

        Directory.CreateDirectory(request.ConfigFolder);
        string text = $"""
            # Written by kollanet quickstart. etc-kolla-sample/globals.yml lists every key with its default.
            network_interface: "{networkInterface}"

            """;
        await File.WriteAllTextAsync(file, text, cancel);
        session.Services.Out.WriteLine($"changed  {file}: network_interface is {networkInterface}");
        return ExitCodes.Success;
    }

    /// <summary>Uploads a small disk with the unmodified client, reads it back, compares every byte, and removes it.</summary>
    private static async Task<int> ProveAsync(Session session, ParseResult line, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("kollanet-proof-").FullName;
        try
        {
            byte[] disk = RandomNumberGenerator.GetBytes(ProofBytes);
            await File.WriteAllBytesAsync(Path.Combine(folder, "disk.raw"), disk, cancel);
            string[][] commands =
            [
                ["image", "create", "kollanet-proof", "--file", "disk.raw", "--disk-format", "raw", "--container-format", "bare", "-c", "id", "-c", "name", "-c", "status"],
                ["image", "list"],
                ["image", "save", "kollanet-proof", "--file", "back.raw"],
            ];
            foreach (string[] command in commands)
                if (await ClientAsync(session, line, folder, command, cancel) is var exit and not ExitCodes.Success) return exit;

            byte[] back = await File.ReadAllBytesAsync(Path.Combine(folder, "back.raw"), cancel);
            if (!back.AsSpan().SequenceEqual(disk))
                throw new KollaNetException("What was downloaded is not what was uploaded.", $"{back.Length} bytes came back, {disk.Length} were sent, and they differ", "kollanet logs glance");
            int removed = await ClientAsync(session, line, folder, ["image", "delete", "kollanet-proof"], cancel);
            session.Services.Out.WriteLine($"ok       {ProofBytes / 1024 / 1024} MiB were uploaded, listed, downloaded and compared byte by byte");
            return removed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<int> ClientAsync(Session session, ParseResult line, string folder, string[] arguments, CancellationToken cancel)
    {
        session.Services.Out.WriteLine($"$ openstack {string.Join(' ', arguments)}");
        return OpenstackCommand.RunAsync(session, line, arguments, folder, cancel);
    }
}
