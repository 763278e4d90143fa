using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Imports.Plugins;

namespace KollaNet.ImageService.Tests.Imports.Plugins;

/// <summary>Programs within limits, and their end.</summary>
public sealed class LimitedProcessTests : IDisposable
{
    private static readonly ProcessLimits Wide = new(TimeSpan.FromMinutes(1), 1L << 30, 1 << 20);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-limits-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task What_a_program_prints_comes_back_and_it_sees_nothing_of_our_environment()
    {
        Environment.SetEnvironmentVariable("KOLLANET_TEST_SECRET", "secret");

        string printed = await RunAsync(Wide, "env; ulimit -c");

        printed.Should().Contain("LC_ALL=C\n").And.EndWith("0\n").And.NotContain("SECRET");
    }

    [Fact]
    public async Task Too_much_of_anything_ends_it_with_a_sentence()
    {
        (await Failing(Wide with { CpuTime = TimeSpan.FromSeconds(1) }, "while :; do :; done")).Should().Contain("more than 1 s of processor time");
        (await Failing(Wide with { AddressSpaceBytes = 64 << 20 }, "exec dd if=/dev/zero of=/dev/null bs=128M count=1")).Should().Contain("sh failed: dd: memory exhausted");
        (await Failing(Wide, $"exec dd if=/dev/zero of={folder.FullName}/file bs=1M count=2")).Should().Contain("larger than 1048576 bytes");
        (await Failing(Wide, "echo this went wrong >&2; exit 3")).Should().Be("sh failed: this went wrong");
    }

    [Fact]
    public async Task A_cancel_ends_the_program_with_its_children()
    {
        using var cancel = new CancellationTokenSource();
        string mark = Path.Combine(folder.FullName, "pids");
        Task running = RunAsync(Wide, $"sleep 1000 & echo $! $$ > {mark}.new; mv {mark}.new {mark}; wait", cancel.Token);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!File.Exists(mark)) await Task.Delay(10, patience.Token);

        await cancel.CancelAsync();

        await running.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        foreach (int id in (await File.ReadAllTextAsync(mark, patience.Token)).Split().Where(word => word.Length > 0).Select(int.Parse))
            while (IsRunning(id)) await Task.Delay(10, patience.Token);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Task<string> RunAsync(ProcessLimits limits, string script, CancellationToken? cancel = null) => LimitedProcess.ReadAsync(limits, "sh", ["-c", script], cancel ?? TestContext.Current.CancellationToken);

    private static async Task<string> Failing(ProcessLimits limits, string script) =>
        (await FluentActions.Awaiting(() => RunAsync(limits, script)).Should().ThrowAsync<ImportFailedException>()).Which.Message;
}
