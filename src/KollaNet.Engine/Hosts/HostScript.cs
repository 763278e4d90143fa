using System.Text;
using KollaNet.Engine.Processes;

namespace KollaNet.Engine.Hosts;

/// <summary>How a script gets to a shell: on its standard input, never as an argument, as it may hold secrets.</summary>
internal static class HostScript
{
    private const string End = "#kollanet-script-ends-here";

    /// <summary>What <c>sh -c</c> runs: reads the whole script before anything of it runs, so that no command inside can swallow the rest of it,
    /// and runs nothing when the connection broke half way.</summary>
    public const string Reader = $"""s=$(cat); case $s in *"{End}") exec </dev/null; eval "$s";; *) echo 'the script did not arrive whole' >&2; exit 125;; esac""";

    /// <summary>Writes a script in the form that <see cref="Reader"/> expects.</summary>
    public static Func<Stream, CancellationToken, Task> Input(string script) =>
        async (stream, cancel) => await stream.WriteAsync(Encoding.UTF8.GetBytes($"{script}\n{End}\n"), cancel);

    /// <summary>One word of a shell command, whatever is in it.</summary>
    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static CommandResult ToResult(ProcessResult result) => new(result.ExitCode, result.Output, result.Error);
}
