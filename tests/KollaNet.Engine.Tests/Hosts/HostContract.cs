using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Tests.Hosts;

/// <summary>What every host promises, here or across SSH. All of them lead to this machine, so that the tests can look behind them.</summary>
public abstract class HostContract : IDisposable
{
    private const UnixFileMode OwnerAndGroup = (UnixFileMode)0b110_110_000;

    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-test-").FullName;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract IHost Host { get; }

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private string At(string path) => Path.Combine(folder, path);

    private HostFile FileAt(string path, string content = "content\n", UnixFileMode mode = OwnerAndGroup, string owner = "root", string group = "root") =>
        new(At(path), [.. Encoding.UTF8.GetBytes(content)], mode, owner, group, IsSecret: false);

    [Fact]
    public async Task A_written_file_is_listed_with_its_hash_mode_and_owner()
    {
        await Host.Files.WriteAsync(FileAt("a.conf", "hello\n", (UnixFileMode)0b110_000_100, "daemon", "daemon"), Cancel);

        ObservedFile file = (await Host.Files.ListAsync(folder, Cancel)).Should().ContainSingle().Subject;
        file.Path.Should().Be(At("a.conf"));
        file.Sha256.Should().Be("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
        (file.SizeBytes, file.Mode, file.Owner, file.Group).Should().Be((6, (UnixFileMode)0b110_000_100, "daemon", "daemon"));
        file.ModifiedAt.Should().Be(new DateTimeOffset(File.GetLastWriteTimeUtc(At("a.conf"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no newline at the end")]
    [InlineData("end of content\n'quotes' \"and\" $HOME `id` \\ äöü \0 bytes\n")]
    public async Task Content_arrives_byte_for_byte(string content)
    {
        await Host.Files.WriteAsync(FileAt("it's $HOME.conf", content), Cancel);

        File.ReadAllText(At("it's $HOME.conf")).Should().Be(content);
        Encoding.UTF8.GetString((await Host.Files.FindAsync(At("it's $HOME.conf"), Cancel))!).Should().Be(content);
    }

    [Fact]
    public async Task A_large_file_arrives_whole()
    {
        byte[] content = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(content);

        await Host.Files.WriteAsync(FileAt("large") with { Content = [.. content] }, Cancel);

        (await Host.Files.FindAsync(At("large"), Cancel)).Should().Equal(content);
    }

    [Fact]
    public async Task A_number_is_as_good_as_a_name_and_shown_when_it_has_none()
    {
        await Host.Files.WriteAsync(FileAt("a", owner: "1", group: "54321"), Cancel);

        ObservedFile file = (await Host.Files.ListAsync(folder, Cancel)).Single();
        (file.Owner, file.Group).Should().Be(("daemon", "54321"));
    }

    [Fact]
    public async Task Missing_folders_are_made_for_owner_and_group_and_existing_ones_are_left_alone()
    {
        UnixFileMode before = File.GetUnixFileMode(folder);

        await Host.Files.WriteAsync(FileAt("one/two/a.conf"), Cancel);

        File.GetUnixFileMode(At("one")).Should().Be((UnixFileMode)0b111_111_000);
        File.GetUnixFileMode(At("one/two")).Should().Be((UnixFileMode)0b111_111_000);
        File.GetUnixFileMode(folder).Should().Be(before);
    }

    [Fact]
    public async Task A_write_replaces_the_file_and_never_changes_it_in_place()
    {
        await Host.Files.WriteAsync(FileAt("a", "old"), Cancel);
        await using FileStream reader = File.OpenRead(At("a"));

        await Host.Files.WriteAsync(FileAt("a", "new"), Cancel);

        new StreamReader(reader).ReadToEnd().Should().Be("old");
        File.ReadAllText(At("a")).Should().Be("new");
        Directory.GetFileSystemEntries(folder).Should().Equal(At("a"));
    }

    [Fact]
    public async Task What_an_interrupted_write_left_is_not_listed_and_goes_with_the_next_write()
    {
        string abandoned = At(".a.4194305-1.kollanet");   // beyond the kernel's highest process id
        await File.WriteAllTextAsync(abandoned, "half", Cancel);
        string alive = At($".a.{Environment.ProcessId}-9999.kollanet");
        await File.WriteAllTextAsync(alive, "being written", Cancel);

        (await Host.Files.ListAsync(folder, Cancel)).Should().BeEmpty();
        await Host.Files.WriteAsync(FileAt("a"), Cancel);

        Directory.GetFileSystemEntries(folder).Should().BeEquivalentTo(At("a"), alive);
    }

    [Fact]
    public async Task A_write_that_fails_names_the_file_and_the_cause_and_leaves_the_old_one()
    {
        await Host.Files.WriteAsync(FileAt("a", "old"), Cancel);

        Func<Task> write = () => Host.Files.WriteAsync(FileAt("a", "new", owner: "nobody-like-that"), Cancel);

        HostCommandException failure = (await write.Should().ThrowAsync<HostCommandException>()).Which;
        failure.What.Should().Be($"File {At("a")} could not be written on {Host.Name}.");
        failure.Why.Should().Contain("nobody-like-that");
        File.ReadAllText(At("a")).Should().Be("old");
        Directory.GetFileSystemEntries(folder).Should().Equal(At("a"));
    }

    [Fact]
    public async Task Lists_hold_regular_files_of_all_folders_below_sorted_by_path()
    {
        await Host.Files.WriteAsync(FileAt("b"), Cancel);
        await Host.Files.WriteAsync(FileAt("a/.hidden"), Cancel);
        File.CreateSymbolicLink(At("link"), At("b"));
        Directory.CreateSymbolicLink(At("loop"), folder);

        (await Host.Files.ListAsync(folder, Cancel)).Select(file => file.Path).Should().Equal(At("a/.hidden"), At("b"));
        (await Host.Files.ListAsync(At("missing"), Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task Deletions_say_whether_there_was_anything()
    {
        await Host.Files.WriteAsync(FileAt("folder/a"), Cancel);

        (await Host.Files.DeleteEmptyFolderAsync(At("folder"), Cancel)).Should().BeFalse();
        (await Host.Files.DeleteAsync(At("folder/a"), Cancel)).Should().BeTrue();
        (await Host.Files.DeleteAsync(At("folder/a"), Cancel)).Should().BeFalse();
        (await Host.Files.FindAsync(At("folder/a"), Cancel)).Should().BeNull();
        (await Host.Files.DeleteEmptyFolderAsync(At("folder"), Cancel)).Should().BeTrue();
        (await Host.Files.DeleteEmptyFolderAsync(At("folder"), Cancel)).Should().BeFalse();
    }

    [Fact]
    public async Task Two_writes_into_one_new_folder_do_not_disturb_each_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(number => Host.Files.WriteAsync(FileAt($"new/{number}"), Cancel)));

        (await Host.Files.ListAsync(folder, Cancel)).Should().HaveCount(6);
    }

    [Fact]
    public async Task A_script_answers_with_its_exit_code_and_both_outputs()
    {
        CommandResult result = await Host.RunScriptAsync("echo \"it's $((1 + 1))\"\ncat\necho bad >&2\nexit 255\n", Cancel);

        result.Should().Be(new CommandResult(255, "it's 2\n", "bad\n"));
    }

    [Fact]
    public async Task A_script_is_in_no_process_list()
    {
        CommandResult result = await Host.RunScriptAsync("secret=hunter2-$$\ncat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'hunter[2]' || true", Cancel);

        result.Output.Trim().Should().Be("0");
    }

    [Fact]
    public async Task A_cancelled_script_gives_up()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<CommandResult> script = Host.RunScriptAsync($"touch {At("started")}; exec sleep 600", stop.Token);
        while (!File.Exists(At("started"))) await Task.Delay(10, Cancel);

        await stop.CancelAsync();

        await script.Invoking(running => running).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Facts_tell_what_the_kernel_tells()
    {
        HostFacts facts = await Host.FactsAsync(Cancel);

        facts.Hostname.Should().Be(Environment.MachineName);
        File.ReadAllText("/etc/os-release").Should().Contain($"ID={facts.DistributionId}").And.Contain(facts.DistributionVersion).And.Contain($"VERSION_CODENAME={facts.DistributionCodename}");
        facts.ProcessorCount.Should().BeGreaterOrEqualTo(Environment.ProcessorCount);
        facts.MemoryBytes.Should().BeGreaterThan(64 * 1024 * 1024);
        facts.Addresses["lo"].Should().Contain("127.0.0.1");
        facts.CapabilityBounds.Should().NotBe(0);
        facts.HardNofile.Should().BeGreaterOrEqualTo(1024);
        facts.FileSystems.Should().Contain("proc").And.Contain("tmpfs");
        if (facts.DefaultInterface is { } link) facts.Addresses.Should().ContainKey(link);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:")]
    [InlineData("::1", "::1:")]
    [InlineData("0.0.0.0", "0.0.0.0:")]
    public async Task Facts_hold_the_ports_something_listens_on(string address, string shown)
    {
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Parse(address), 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        (await Host.FactsAsync(Cancel)).ListeningPorts.Should().Contain($"{shown}{port}");
        listener.Stop();
        (await Host.FactsAsync(Cancel)).ListeningPorts.Should().NotContain($"{shown}{port}");
    }

    [Fact]
    public async Task Its_engine_answers()
    {
        EngineVersion version = await Host.Containers.VersionAsync(Cancel);
        ImmutableArray<ObservedContainer>[] lists = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Host.Containers.ListContainersAsync("kollanet-test=none", Cancel)));

        version.Product.Should().StartWith("Docker");
        lists.Should().OnlyContain(list => list.IsEmpty);
    }
}
