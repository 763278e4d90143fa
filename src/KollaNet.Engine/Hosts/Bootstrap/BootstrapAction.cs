namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>One thing that makes a host ready for containers.</summary>
/// <param name="What">What is done, for example <c>install docker.io, iptables</c>.</param>
/// <param name="Because">What was seen.</param>
public abstract record BootstrapAction(string What, string Because)
{
    /// <summary>Looks, acts only if needed, says which. Repeating it does no harm, wherever it was interrupted.</summary>
    /// <returns>False: there was nothing left to do.</returns>
    internal abstract Task<bool> RunAsync(IHost host, IProgress<string> progress, CancellationToken cancel);

    /// <summary>Runs a script that exits with 0 when it changed something and with <see cref="NothingToDo"/> when it did not have to.</summary>
    private protected async Task<bool> RunScriptAsync(IHost host, string script, CancellationToken cancel)
    {
        CommandResult result = await host.RunScriptAsync(script, cancel);
        return result.ExitCode switch
        {
            0 => true,
            NothingToDo => false,
            _ => throw new HostCommandException(host.Name, $"Could not {What}", Reason(result), "fix the cause and run kollanet bootstrap-servers again; what is done stays done"),
        };
    }

    /// <summary>How our scripts say that all was as it should be.</summary>
    private protected const int NothingToDo = 44;

    private static string Reason(CommandResult result)
    {
        string said = $"{result.Output}\n{result.Error}".Trim();
        return said.Length == 0 ? $"the script ended with {result.ExitCode}" : string.Join("\n", said.Split('\n').TakeLast(15));
    }
}

/// <summary>How an action went.</summary>
/// <param name="Changed">False: there was nothing left to do.</param>
public sealed record BootstrapResult(BootstrapAction Action, bool Changed);
