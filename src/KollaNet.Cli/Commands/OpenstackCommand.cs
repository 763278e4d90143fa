using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using KollaNet.Engine;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet openstack …</c>: the unmodified client from its image, in this folder, with the site's credentials.</summary>
internal static class OpenstackCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("openstack", "Run the openstack client from its image, with the site's credentials. Everything after this word is the client's.");
        command.SetAction((line, cancel) => RunAsync(session, line, session.Services.ClientArguments, Directory.GetCurrentDirectory(), cancel));
        return command;
    }

    /// <summary>Runs the client in a folder, which it sees under the same path, to its end; its exit code is ours.</summary>
    public static async Task<int> RunAsync(Session session, ParseResult line, string[] arguments, string folder, CancellationToken cancel)
    {
        SiteRequest request = session.Site(line);
        Site site = SiteReader.Read(request);
        if (!site.HostProblems.IsEmpty) throw new SiteInvalidException(site.HostProblems);
        string openrc = Path.Combine(request.ConfigFolder, "admin-openrc.sh");
        if (!File.Exists(openrc)) throw new KollaNetException("There are no credentials to log in with.", $"{openrc} is missing", "kollanet post-deploy");
        SiteHost here = site.Hosts.FirstOrDefault(host => host.Connection.IsLocal) ?? new SiteHost("localhost", new HostConnection(IsLocal: true));
        string image = await ImageAsync(session, site, here, cancel);
        string[] docker =
        [
            "--host", $"unix://{here.Connection.EngineSocket}", "run", "--rm", "--interactive", .. session.Services.IsTerminal && !Console.IsInputRedirected ? ["--tty"] : Array.Empty<string>(), "--network", "host",
            "--volume", $"{openrc}:/openrc:ro", "--volume", $"{folder}:{folder}", "--workdir", folder, image, "bash", "-c", ". /openrc && exec openstack \"$@\"", "openstack", .. arguments,
        ];
        // The client owns the terminal: its input and output are ours, untouched.
        using Process process = Start(docker);
        await process.WaitForExitAsync(cancel);
        return process.ExitCode;
    }

    private static Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("docker", arguments) { UseShellExecute = false })!;
        }
        catch (Win32Exception e)
        {
            throw new KollaNetException("The docker client could not be started.", e.Message, "kollanet bootstrap-servers", e);
        }
    }

    private static async Task<string> ImageAsync(Session session, Site site, SiteHost here, CancellationToken cancel)
    {
        await using IHost host = session.Hosts.Open(here);
        HostFacts facts = await host.FactsAsync(cancel);
        IVariables variables = site.VariablesOf(here.Name, new Dictionary<string, HostFacts> { [here.Name] = facts });
        return variables.TryGet("openstack_client_image_full", out object? image) && image is string reference
            ? reference
            : throw new KollaNetException("There is no client image.", "openstack_client_image_full is not defined", "set it in globals.yml");
    }
}
