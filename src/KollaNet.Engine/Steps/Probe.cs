using System.Collections.Immutable;
using System.Net.Sockets;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Steps;

/// <summary>A question that a container which serves answers well; asked until it does.</summary>
/// <param name="Within">How long it may take until it does.</param>
public abstract record Probe(TimeSpan Within)
{
    /// <summary>Asks once.</summary>
    /// <returns>Null when it serves; otherwise what was seen instead.</returns>
    public abstract Task<string?> AskAsync(IHost host, string container, HttpClient http, CancellationToken cancel);

    /// <summary>Longest wait for one answer.</summary>
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
}

/// <summary>Must answer 2xx or 3xx.</summary>
public sealed record UrlProbe(string Url, TimeSpan Within) : Probe(Within)
{
    /// <inheritdoc/>
    public override async Task<string?> AskAsync(IHost host, string container, HttpClient http, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(Url, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return (int)answer.StatusCode is >= 200 and < 400 ? null : $"GET {Url} answered {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return $"GET {Url}: {e.InnerException?.Message ?? e.Message}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"GET {Url} did not answer within {Patience.TotalSeconds:0} s";
        }
    }
}

/// <summary><paramref name="Address"/> (<c>host:port</c>) must accept connections.</summary>
public sealed record TcpProbe(string Address, TimeSpan Within) : Probe(Within)
{
    /// <inheritdoc/>
    public override async Task<string?> AskAsync(IHost host, string container, HttpClient http, CancellationToken cancel)
    {
        int colon = Address.LastIndexOf(':');
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            await socket.ConnectAsync(Address[..colon].Trim('[', ']'), int.Parse(Address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture), patience.Token);
            return null;
        }
        catch (SocketException e)
        {
            return $"connecting to {Address}: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"connecting to {Address} took longer than {Patience.TotalSeconds:0} s";
        }
    }
}

/// <summary>A command in the container must exit 0.</summary>
public sealed record ExecProbe(ImmutableArray<string> Command, TimeSpan Within) : Probe(Within)
{
    /// <inheritdoc/>
    public override async Task<string?> AskAsync(IHost host, string container, HttpClient http, CancellationToken cancel)
    {
        try
        {
            JobResult result = await host.Containers.ExecAsync(container, Command, new ExecOptions(), cancel);
            return result.ExitCode == 0 ? null : $"{string.Join(' ', Command)} exited with {result.ExitCode}{(result.Output.IsEmpty ? "" : $": {result.Output[^1]}")}";
        }
        catch (EngineException e) when (e is not EngineUnreachableException)
        {
            return $"{string.Join(' ', Command)}: {e.Why}";
        }
    }

    /// <inheritdoc/>
    public bool Equals(ExecProbe? other) => other is not null && Within == other.Within && Command.SequenceEqual(other.Command);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Within, Command.Length);
}
