using KollaNet.Engine.Processes;

namespace KollaNet.EndToEnd.Sites;

/// <summary>A block device over a file of this test's, which takes room only as it fills.</summary>
public sealed class LoopDevice : IAsyncDisposable
{
    private static readonly ProcessRunner Processes = new();

    private LoopDevice(string path) => Path = path;

    /// <summary>The device, as <c>/dev/loop7</c>.</summary>
    public string Path { get; }

    public static async Task<LoopDevice> OfGibibytesAsync(int gibibytes, CancellationToken cancel)
    {
        string file = System.IO.Path.GetTempFileName();
        try
        {
            await using (FileStream stream = File.OpenWrite(file)) stream.SetLength((long)gibibytes << 30);
            return new LoopDevice((await RunAsync("losetup", cancel, "--find", "--show", file)).Trim());
        }
        finally
        {
            // The device keeps what it needs of it.
            File.Delete(file);
        }
    }

    /// <summary>Puts a file system on it.</summary>
    public Task FormatAsync(CancellationToken cancel) => RunAsync("mkfs.ext4", cancel, "-q", Path);

    /// <summary>Removes what says that it holds something.</summary>
    public Task WipeAsync(CancellationToken cancel) => RunAsync("wipefs", cancel, "--all", Path);

    public async ValueTask DisposeAsync() => await RunAsync("losetup", CancellationToken.None, "--detach", Path);

    private static async Task<string> RunAsync(string program, CancellationToken cancel, params string[] arguments)
    {
        ProcessResult result = await Processes.RunAsync(new ProcessRequest(program, [.. arguments]), cancel);
        result.ExitCode.Should().Be(0, "{0} {1} wrote: {2}", program, string.Join(' ', arguments), result.Error);
        return result.Output;
    }
}
