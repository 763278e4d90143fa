using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using KollaNet.Engine.Containers.Docker;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Reads how a host is reached from its variables.</summary>
internal static class Connection
{
    /// <summary>The names Ansible reads a connection from. Source: Ansible, "Connecting to hosts: behavioral inventory parameters".</summary>
    internal static readonly ImmutableHashSet<string> Variables =
    [
        "ansible_connection", "ansible_host", "ansible_port", "ansible_user", "ansible_password", "ansible_ssh_private_key_file", "ansible_ssh_common_args", "ansible_ssh_extra_args",
        "ansible_ssh_host", "ansible_ssh_port", "ansible_ssh_user", "ansible_ssh_pass", "ansible_become", "ansible_become_method", "ansible_become_user", "ansible_become_password",
        "ansible_python_interpreter", "ansible_ssh_pipelining", "ansible_pipelining", "ansible_shell_type", "ansible_ssh_executable", "ansible_private_key_file",
    ];

    /// <summary>The connection of a host; problems with it are added, and a usable one is returned anyway.</summary>
    public static HostConnection Of(InventoryPlace host, HostVariables variables, SiteProblems problems)
    {
        string? kind = Text("ansible_connection"), address = Text("ansible_host") ?? Text("ansible_ssh_host");
        if (kind is not (null or "local" or "ssh" or "smart" or "paramiko"))
            problems.Add(PlaceOf("ansible_connection"), $"ansible_connection: \"{kind}\" is not supported; it is local or ssh");
        if (kind == "local" || (kind is null && IsThisMachine(host.Name) && (address is null || IsThisMachine(address)))) return new HostConnection(true, EngineSocket: Socket());
        return new HostConnection(
            false, address ?? host.Name, Port(), Text("ansible_user") ?? Text("ansible_ssh_user"), Text("ansible_ssh_private_key_file") ?? Text("ansible_private_key_file"), Socket());

        Place PlaceOf(string name) => variables.Definition(name)?.Place ?? host.Place;

        string? Text(string name)
        {
            try
            {
                return variables.TryGet(name, out object? value) && value is not null && Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
            }
            catch (TemplateException e)
            {
                problems.Errors.Add(new SiteProblem(new Place(e.TemplateSource, e.Line, e.Column).ToString(), e.Problem));
                return null;
            }
        }

        string Socket()
        {
            string path = Text("docker_socket") ?? DockerEngine.DefaultSocket;
            if (path.StartsWith("unix://", StringComparison.Ordinal)) path = path["unix://".Length..];
            if (path.StartsWith('/')) return path;
            problems.Add(PlaceOf("docker_socket"), $"docker_socket: \"{path}\" is not the absolute path of a socket");
            return DockerEngine.DefaultSocket;
        }

        int? Port()
        {
            string name = Text("ansible_port") is null ? "ansible_ssh_port" : "ansible_port";
            if (Text(name) is not { } text) return null;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536) return port;
            problems.Add(PlaceOf(name), $"{name}: \"{text}\" is not a port (1 to 65535)");
            return null;
        }
    }

    private static bool IsThisMachine(string name) => name == "localhost" || (IPAddress.TryParse(name, out IPAddress? address) && IPAddress.IsLoopback(address));
}

/// <summary>A host's name and where the inventory gives it.</summary>
internal sealed record InventoryPlace(string Name, Place Place);
