using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>kill -9 in the middle of first deployments.</summary>
[Collection("first deployments")]
public sealed class KilledDeployments(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Kills = 6;

    private TestSite site = null!;

    public async ValueTask InitializeAsync() => site = await TestSite.CreateAsync(withKeystone: false, TestSite.Cancel);

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Fact]
    public async Task Whatever_the_moment_the_same_command_finishes_the_work()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        int steps = LinesOf((await site.RunAsync("deploy", "-v")).ShouldSucceed().Output);
        for (int kill = 1; kill <= Kills; kill++)
        {
            (await site.RunAsync("destroy", "--yes-i-really-really-mean-it")).ShouldSucceed();
            // Lines, not seconds: they spread the moments over all that happens, however slow the machine.
            int moment = random.Next(steps);
            string said = await KillAfterAsync(moment);
            string where = $"\nseed {seed}, killed after {moment} of {steps} lines:\n{said}";
            output.WriteLine(where);

            CliResult second = await site.RunAsync("deploy");
            second.ExitCode.Should().Be(0, "{0}{1}", where, second);
            CliResult third = await site.RunAsync("deploy");
            third.Changed.Should().Be(0, "{0}{1}{2}", where, second, third);
            (await site.SnapshotAsync()).Keys.Should().BeEquivalentTo(SmallSite.Containers.Select(name => site.Prefix + name), "{0}{1}", where, second);
            using ImageApi api = ImageApi.WithPassword(site);
            (await api.FindStatusAsync(await api.CreateAsync("proof"))).Should().Be("queued");
        }
    }

    private async Task<string> KillAfterAsync(int lines)
    {
        using CommandLine deploy = site.Start("deploy", "-v");
        await TestSite.UntilAsync($"the deployment says {lines} lines", () => Task.FromResult(deploy.HasEnded || LinesOf(deploy.Output) >= lines));
        await deploy.KillAsync(TestSite.Cancel);
        return deploy.Output;
    }

    private static int LinesOf(string text) => text.Count(letter => letter == '\n');
}
