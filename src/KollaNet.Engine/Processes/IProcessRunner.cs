using System.Collections.Immutable;

namespace KollaNet.Engine.Processes;

/// <summary>Runs other programs to their end. No shell is involved: arguments arrive as they are.</summary>
public interface IProcessRunner
{
    /// <summary>Runs a program to its end; whatever its exit code, that is an answer and not a failure. Cancelling kills it with all its children.</summary>
    /// <exception cref="ProcessStartException">The program is not there, or may not be run.</exception>
    Task<ProcessResult> RunAsync(ProcessRequest request, CancellationToken cancel);
}

/// <summary>A program to run.</summary>
/// <param name="File">A path, or a name looked up in PATH.</param>
/// <param name="Arguments">Shown in process lists: never a secret.</param>
public sealed record ProcessRequest(string File, ImmutableArray<string> Arguments)
{
    /// <summary>Writes the program's standard input, which is closed when this returns; null for none.</summary>
    public Func<Stream, CancellationToken, Task>? Input { get; init; }

    /// <summary>Added to our own environment.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Most characters kept of each output; the oldest are dropped.</summary>
    public int MaxCapturedCharacters { get; init; } = 32 * 1024 * 1024;
}

/// <summary>What a finished program left.</summary>
/// <param name="ExitCode">128 + signal number when a signal ended it.</param>
/// <param name="IsTruncated">More was written than is kept: the beginning of an output is missing.</param>
public sealed record ProcessResult(int ExitCode, string Output, string Error, bool IsTruncated);

/// <summary>A program could not be started.</summary>
public sealed class ProcessStartException(string file, string why, Exception inner) : KollaNetException($"{file} could not be started.", why, null, inner)
{
    /// <summary>The program.</summary>
    public string File { get; } = file;
}
