using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>Runs what services offer (<c>commands</c> in <c>service.yml</c>) inside their running containers.</summary>
internal sealed class ServiceCommands(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts)
{
    /// <summary>Tells a command how wide the terminal of the person who watches is; not set when nobody does.</summary>
    public const string Columns = "KOLLANET_COLUMNS";

    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(2);

    /// <summary>Runs one to its end, in the first container that has it and runs.</summary>
    /// <param name="columns">Width of the terminal that shows the output; null for none. A line that begins with a carriage return then replaces the one before.</param>
    /// <param name="onLine">Gets its output line by line, without secrets.</param>
    /// <param name="cancel">Interrupts it; what it does to end well is waited for, up to two minutes.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="KollaNetException">No service of the site has it, or its container does not run.</exception>
    public async Task<int> RunAsync(string name, ImmutableArray<string> arguments, int? columns, Action<string> onLine, CancellationToken cancel)
    {
        DesiredContainer[] able = [.. desired.Containers.Where(container => container.Commands.ContainsKey(name))];
        if (able.Length == 0) throw new KollaNetException($"There is nothing to run '{name}'.", "no enabled service of this site has a command of that name", "enable the service in globals.yml");
        foreach (DesiredContainer container in able)
        {
            IContainerEngine engine = hosts[container.Host].Containers;
            if (await engine.FindContainerAsync(container.Spec.Name, cancel) is not { State: "running" }) continue;
            using var patience = new CancellationTokenSource();
            await using CancellationTokenRegistration hurry = cancel.Register(() => patience.CancelAfter(EndsWithin));
            var options = new ExecOptions
            {
                OnLine = line => onLine(desired.Secrets.Redact(line)),
                Interrupt = cancel,
                Environment = columns is { } width ? ImmutableSortedDictionary<string, string>.Empty.Add(Columns, width.ToString(CultureInfo.InvariantCulture)) : ImmutableSortedDictionary<string, string>.Empty,
            };
            return (await engine.ExecAsync(container.Spec.Name, [.. container.Commands[name], .. arguments], options, patience.Token)).ExitCode;
        }
        throw new KollaNetException($"'{name}' cannot be run.", $"{able[0].Spec.Name} on {able[0].Host} does not run", $"kollanet status, kollanet logs {able[0].Service}; kollanet deploy starts it");
    }
}
