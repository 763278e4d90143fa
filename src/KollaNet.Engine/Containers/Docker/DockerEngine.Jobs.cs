using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace KollaNet.Engine.Containers.Docker;

// What runs inside containers: one-shot jobs, commands, output.
public sealed partial class DockerEngine
{
    /// <inheritdoc/>
    public async Task<JobResult> RunToEndAsync(ContainerSpec spec, int tailLines, CancellationToken cancel)
    {
        string what = $"Container {spec.Name} could not be run to its end.";
        // A restart policy would turn a job that fails into a loop.
        await CreateContainerAsync(spec with { RestartPolicy = "no" }, cancel);
        // Asked for before the start: a short job could end between start and wait. The answer's head comes at once, its body at the end.
        using HttpResponseMessage ending = await api.SendAsync(new(HttpMethod.Post, $"{PathOf(spec.Name)}/wait?condition=next-exit", what), cancel);
        await StartContainerAsync(spec.Name, cancel);
        string body = await api.GuardAsync(ending.Content.ReadAsStringAsync(cancel));
        WaitAnswer? answer = JsonSerializer.Deserialize(body, DockerJson.Default.WaitAnswer);
        if (answer is not { StatusCode: { } exitCode } || answer.Error?.Message is { Length: > 0 })
            throw new EngineException(what, answer?.Error?.Message ?? $"the engine's answer is not understood: {body}");
        return new JobResult(exitCode, await TailLogAsync(spec.Name, tailLines, cancel));
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> TailLogAsync(string name, int lines, CancellationToken cancel)
    {
        ImmutableArray<string>.Builder log = ImmutableArray.CreateBuilder<string>();
        await foreach (string line in ReadLogAsync(name, lines, follow: false, cancel)) log.Add(line);
        return log.Count > lines ? log.ToImmutable()[^lines..] : log.ToImmutable();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> FollowLogAsync(string name, int tailLines, CancellationToken cancel) => ReadLogAsync(name, tailLines, follow: true, cancel);

    /// <inheritdoc/>
    public async Task<JobResult> ExecAsync(string name, ImmutableArray<string> command, ExecOptions options, CancellationToken cancel)
    {
        if (options.Interrupt.CanBeCanceled) return await ExecInterruptiblyAsync(name, command, options, cancel);
        string what = $"{command[0]} could not be run in container {name}.";
        string id = await CreateExecAsync(name, command, options, what, cancel);
        byte[] start = JsonSerializer.SerializeToUtf8Bytes(new ExecStart(), DockerJson.Default.ExecStart);
        await using DockerHijack exec = await DockerHijack.OpenAsync(api, $"/exec/{id}/start", start, what, cancel);
        // Both at once: a command may write more than the connection holds before it reads on.
        Task input = options.StandardInput is { } text ? exec.SendInputAsync(text, cancel) : Task.CompletedTask;
        ImmutableArray<string> output = await api.GuardAsync(ReadAllAsync(exec.Output, options.OnLine, cancel));
        await input;
        return new JobResult(await ExecExitCodeAsync(id, what, cancel), output);
    }

    /// <summary>The engine has no signals for single commands: a shell says which process it is, and then becomes the command.</summary>
    private async Task<JobResult> ExecInterruptiblyAsync(string name, ImmutableArray<string> command, ExecOptions options, CancellationToken cancel)
    {
        var process = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        ExecOptions plain = options with { Interrupt = CancellationToken.None, OnLine = line => { if (!process.TrySetResult(line)) options.OnLine?.Invoke(line); } };
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task interrupting = InterruptAsync(name, process.Task, options, ended.Token);
        try
        {
            JobResult result = await ExecAsync(name, ["sh", "-c", "echo $$; exec \"$@\"", "sh", .. command], plain, cancel);
            return result with { Output = result.Output.Length > 0 ? result.Output.RemoveAt(0) : [] };
        }
        finally
        {
            await ended.CancelAsync();
            await interrupting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);   // What it could not reach has ended by itself.
        }
    }

    private async Task InterruptAsync(string name, Task<string> process, ExecOptions options, CancellationToken ended)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration asking = options.Interrupt.Register(asked.SetResult);
        await asked.Task.WaitAsync(ended);
        string id = await process.WaitAsync(ended);
        await ExecAsync(name, ["sh", "-c", $"kill -INT {id}"], new ExecOptions { User = options.User }, ended);
    }

    private async Task<string> CreateExecAsync(string name, ImmutableArray<string> command, ExecOptions options, string what, CancellationToken cancel)
    {
        ExecCreate exec = new([.. command], [.. options.Environment.Select(pair => $"{pair.Key}={pair.Value}")], options.User, AttachStdin: options.StandardInput is not null);
        DockerCall call = new(HttpMethod.Post, $"{PathOf(name)}/exec", what) { Body = DockerApi.Json(exec, DockerJson.Default.ExecCreate) };
        return (await api.AskAsync(call, DockerJson.Default.IdAnswer, cancel))?.Id ?? throw new EngineException(what, "the engine named no id for it");
    }

    /// <summary>The output can end a moment before the engine has noted the exit code.</summary>
    private async Task<int> ExecExitCodeAsync(string id, string what, CancellationToken cancel)
    {
        for (int wait = 1; ; wait = Math.Min(wait * 2, 250))
        {
            ExecAnswer? answer = await api.AskAsync(new(HttpMethod.Get, $"/exec/{id}/json", what), DockerJson.Default.ExecAnswer, cancel);
            if (answer is { Running: not true, ExitCode: { } exitCode }) return exitCode;
            await Task.Delay(wait, cancel);
        }
    }

    private static async Task<ImmutableArray<string>> ReadAllAsync(Stream frames, Action<string>? onLine, CancellationToken cancel)
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        await foreach (string line in DockerFrames.ReadLinesAsync(frames, cancel))
        {
            lines.Add(line);
            onLine?.Invoke(line);
        }
        return lines.ToImmutable();
    }

    private async IAsyncEnumerable<string> ReadLogAsync(string name, int lines, bool follow, [EnumeratorCancellation] CancellationToken cancel)
    {
        DockerCall call = new(HttpMethod.Get, $"{PathOf(name)}/logs?stdout=1&stderr=1&tail={lines}&follow={(follow ? 1 : 0)}", $"The log of container {name} could not be read.")
        {
            Accept = [HttpStatusCode.NotFound],
        };
        using HttpResponseMessage response = await api.SendAsync(call, cancel);
        if (response.StatusCode is HttpStatusCode.NotFound) yield break;
        await using Stream frames = await response.Content.ReadAsStreamAsync(cancel);
        await using IAsyncEnumerator<string> reader = DockerFrames.ReadLinesAsync(frames, cancel).GetAsyncEnumerator(cancel);
        while (await api.GuardAsync(reader.MoveNextAsync().AsTask())) yield return reader.Current;
    }
}
