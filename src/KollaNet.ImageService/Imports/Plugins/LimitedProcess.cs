using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary>How much a process may use.</summary>
/// <param name="FileBytes">Of each file that it writes.</param>
internal sealed record ProcessLimits(TimeSpan CpuTime, long AddressSpaceBytes, long FileBytes);

/// <summary>Runs programs over data that strangers brought: limited by the kernel, without our environment, and never longer than we live or want.</summary>
internal static class LimitedProcess
{
    private const int MostOutputBytes = 1 << 20, MostErrorBytes = 4096;
    private const int OutOfTime = 128 + 24, FileTooLarge = 128 + 25, Killed = 128 + 9;   // Source: signal(7), SIGXCPU, SIGXFSZ, SIGKILL.
    private static readonly string[] Wrappers = ["setpriv", "prlimit"];   // Source: util-linux.
    private static readonly string[] Folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];

    /// <summary>Of this program and those that limit it, what is not installed.</summary>
    public static IEnumerable<string> Missing(string program) => Wrappers.Append(program).Where(name => !Folders.Any(folder => File.Exists(Path.Combine(folder, name))));

    /// <returns>What the program printed.</returns>
    /// <exception cref="ImportFailedException">It failed, or used more than it may.</exception>
    public static async Task<string> ReadAsync(ProcessLimits limits, string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var text = new MemoryStream();
        await RunAsync(limits, program, arguments, output => CopyAsync(output, text, MostOutputBytes, cancel), cancel);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <param name="take">Reads what the program prints, to the end; when it throws, the program is killed.</param>
    /// <exception cref="ImportFailedException">It failed, or used more than it may.</exception>
    public static async Task RunAsync(ProcessLimits limits, string program, IReadOnlyList<string> arguments, Func<Stream, Task> take, CancellationToken cancel)
    {
        using Process process = await StartAsync(Describe(limits, program, arguments));
        await using CancellationTokenRegistration kill = cancel.UnsafeRegister(static started => ((Process)started!).Kill(entireProcessTree: true), process);
        var errors = new MemoryStream();
        Task reading = CopyAsync(process.StandardError.BaseStream, errors, MostErrorBytes, CancellationToken.None);
        try
        {
            await take(process.StandardOutput.BaseStream);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancel.ThrowIfCancellationRequested();
            throw;
        }

        await process.WaitForExitAsync(CancellationToken.None);
        await reading;
        cancel.ThrowIfCancellationRequested();
        if (process.ExitCode != 0) throw new ImportFailedException(Explain(program, process.ExitCode, limits, Encoding.UTF8.GetString(errors.ToArray())));
    }

    private static ProcessStartInfo Describe(ProcessLimits limits, string program, IReadOnlyList<string> arguments)
    {
        // The kernel ends the program with us, however we end.
        string[] words =
        [
            "--pdeathsig", "KILL", "--no-new-privs", "--", "prlimit", Limit("cpu", (long)limits.CpuTime.TotalSeconds), Limit("as", limits.AddressSpaceBytes),
            Limit("fsize", limits.FileBytes), Limit("core", 0), "--", program, .. arguments,
        ];
        var start = new ProcessStartInfo("setpriv", words) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment.Clear();
        start.Environment["PATH"] = string.Join(':', Folders);
        start.Environment["LC_ALL"] = "C";
        start.Environment["MALLOC_ARENA_MAX"] = "2";   // Every further arena would take 64 MiB of the address space.
        return start;
    }

    private static string Limit(string resource, long most) => string.Create(CultureInfo.InvariantCulture, $"--{resource}={most}:{most}");

    /// <summary>On a thread of its own that stays until the end: the kernel's "with us" means the thread that started it. Source: prctl(2), PR_SET_PDEATHSIG.</summary>
    private static Task<Process> StartAsync(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Start()
        {
            try
            {
                Process process = Process.Start(start)!;
                int id = process.Id;
                process.StandardInput.Close();
                started.SetResult(process);
                using Process watched = Process.GetProcessById(id);
                watched.WaitForExit();
            }
            catch (Exception e)
            {
                started.TrySetException(e);   // When it has ended already there is nothing to watch: the start succeeded.
            }
        }

        new Thread(Start, 256 * 1024) { IsBackground = true, Name = start.FileName }.Start();
        return started.Task;
    }

    /// <summary>Keeps the first <paramref name="most"/> bytes, and reads the rest so that the program is not held up.</summary>
    private static async Task CopyAsync(Stream output, MemoryStream text, int most, CancellationToken cancel)
    {
        byte[] block = new byte[4096];
        while (await output.ReadAsync(block, cancel) is > 0 and int read) text.Write(block, 0, Math.Min(read, most - (int)text.Length));
    }

    private static string Explain(string program, int exitCode, ProcessLimits limits, string errors) => exitCode switch
    {
        OutOfTime or Killed => string.Create(CultureInfo.InvariantCulture, $"{program} was ended: it needed more than {limits.CpuTime.TotalSeconds} s of processor time"),
        FileTooLarge => $"{program} was ended: the result became larger than {limits.FileBytes} bytes",
        _ => $"{program} failed: {errors.Trim().Split('\n')[0]}",
    };
}
