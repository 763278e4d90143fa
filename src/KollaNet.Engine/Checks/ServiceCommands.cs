using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>Runs what services offer (<c>commands</c> in <c>service.yml</c>) inside their running containers.</summary>
internal sealed class ServiceCommands(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts)
{
    /// <summary>Runs one to its end, in the first container that has it and runs.</summary>
    /// <param name="onLine">Gets its output line by line, without secrets.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="KollaNetException">No service of the site has it, or its container does not run.</exception>
    public async Task<int> RunAsync(string name, ImmutableArray<string> arguments, Action<string> onLine, CancellationToken cancel)
    {
        DesiredContainer[] able = [.. desired.Containers.Where(container => container.Commands.ContainsKey(name))];
        if (able.Length == 0) throw new KollaNetException($"There is nothing to run '{name}'.", "no enabled service of this site has a command of that name", "enable the service in globals.yml");
        foreach (DesiredContainer container in able)
        {
            IContainerEngine engine = hosts[container.Host].Containers;
            if (await engine.FindContainerAsync(container.Spec.Name, cancel) is not { State: "running" }) continue;
            var options = new ExecOptions { OnLine = line => onLine(desired.Secrets.Redact(line)) };
            return (await engine.ExecAsync(container.Spec.Name, [.. container.Commands[name], .. arguments], options, cancel)).ExitCode;
        }
        throw new KollaNetException($"'{name}' cannot be run.", $"{able[0].Spec.Name} on {able[0].Host} does not run", $"kollanet status, kollanet logs {able[0].Service}; kollanet deploy starts it");
    }
}
