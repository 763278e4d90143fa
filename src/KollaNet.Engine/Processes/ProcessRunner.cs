using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace KollaNet.Engine.Processes;

/// <inheritdoc cref="IProcessRunner"/>
public sealed class ProcessRunner : IProcessRunner
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <inheritdoc/>
    public async Task<ProcessResult> RunAsync(ProcessRequest request, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using Process process = Start(request);
        CapturedText output = new(request.MaxCapturedCharacters), error = new(request.MaxCapturedCharacters);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task input = WriteInputAsync(process, request.Input, ended.Token);
        Task reading = Task.WhenAll(output.ReadAsync(process.StandardOutput, cancel), error.ReadAsync(process.StandardError, cancel));
        try
        {
            await process.WaitForExitAsync(cancel);
            await ended.CancelAsync();
            await input;
            await reading;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
        return new ProcessResult(process.ExitCode, output.ToString(), error.ToString(), output.IsTruncated || error.IsTruncated);
    }

    private static Process Start(ProcessRequest request)
    {
        ProcessStartInfo start = new(request.File, request.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
        };
        foreach ((string name, string value) in request.Environment) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new ProcessStartException(request.File, failure.Message, failure);
        }
    }

    private static async Task WriteInputAsync(Process process, Func<Stream, CancellationToken, Task>? write, CancellationToken cancel)
    {
        try
        {
            await using Stream input = process.StandardInput.BaseStream;
            if (write is not null) await write(input, cancel);
        }
        catch (IOException)
        {
            // The program ended, or closed its input, before it had read all of it. Its exit code tells whether that was wrong.
        }
        catch (OperationCanceledException)
        {
            // It ended while its input was still open; a caller's own cancel surfaces where the exit is awaited.
        }
    }

    /// <summary>The end of a text stream, up to a number of characters.</summary>
    private sealed class CapturedText(int maxCharacters)
    {
        private readonly StringBuilder text = new();

        public bool IsTruncated { get; private set; }

        public async Task ReadAsync(StreamReader reader, CancellationToken cancel)
        {
            char[] buffer = new char[8192];
            for (int read; (read = await reader.ReadAsync(buffer, cancel)) > 0;)
            {
                text.Append(buffer, 0, read);
                // Dropping only at twice the limit keeps the cost per character constant.
                if (text.Length > 2L * maxCharacters) DropOldest();
            }
            if (text.Length > maxCharacters) DropOldest();
        }

        public override string ToString() => text.ToString();

        private void DropOldest()
        {
            text.Remove(0, text.Length - maxCharacters);
            IsTruncated = true;
        }
    }
}
