using System.Collections.Immutable;
using System.Formats.Tar;
using System.Net.Sockets;
using System.Text;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Docker;

namespace KollaNet.Engine.Tests.Containers;

/// <summary>What only a real engine can show: builds, imports, refusals in its own words, limits that reach the kernel.</summary>
public sealed class DockerEngineTests(DockerFixture docker) : IClassFixture<DockerFixture>, IAsyncDisposable
{
    private readonly string run = $"kollanet-test-{Guid.NewGuid().ToString("N")[..8]}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DockerEngine Engine => docker.Engine;

    public async ValueTask DisposeAsync()
    {
        foreach (ObservedContainer container in await Engine.ListContainersAsync($"kollanet-test={run}", CancellationToken.None)) await Engine.RemoveContainerAsync(container.Name, CancellationToken.None);
        await Engine.RemoveImageAsync($"{run}/built:1", CancellationToken.None);
    }

    [Fact]
    public async Task A_build_reports_its_steps_and_labels_its_image()
    {
        Lines progress = new();

        string id = await BuildAsync($"FROM {docker.Image}\nCOPY greeting /\nRUN cat /greeting\n", progress);

        ObservedImage image = (await Engine.FindImageAsync($"{run}/built:1", Cancel))!;
        image.Id.Should().Be(id);
        image.Labels.Should().Contain("kollanet-test", run).And.Contain("from-image", "yes");
        progress.All.Should().Contain("hello").And.Contain(line => line.StartsWith("Step 2/", StringComparison.Ordinal)).And.NotContain(line => line.Contains('\n'));
    }

    [Fact]
    public async Task A_build_that_fails_shows_the_end_of_its_output_and_makes_no_image()
    {
        Func<Task> build = () => BuildAsync($"FROM {docker.Image}\nRUN echo before; echo 'no such package' >&2; exit 4\n", new Lines());

        ImageBuildException failure = (await build.Should().ThrowAsync<ImageBuildException>()).Which;
        failure.What.Should().Be($"Image {run}/built:1 could not be built.");
        failure.Why.Should().Contain("returned a non-zero code: 4").And.Contain("no such package").And.Contain("before");
        (await Engine.FindImageAsync($"{run}/built:1", Cancel)).Should().BeNull();
    }

    [Fact]
    public async Task A_build_file_that_cannot_be_read_is_refused_in_the_engines_words_whatever_the_size_of_its_context()
    {
        Func<Task> build = () => BuildAsync("FORM nothing\n", new Lines(), new byte[24 * 1024 * 1024]);

        (await build.Should().ThrowAsync<EngineException>()).Which.Why.Should().Contain("FORM");
    }

    [Fact]
    public async Task Options_reach_the_kernel()
    {
        ContainerSpec spec = Job("""id -u; cat /proc/self/limits | while read -r a b c d e f; do [ "$a $b $c" != 'Max open files' ] || echo "$d $e"; done; cat /proc/self/status | while read -r a b; do [ "$a" != CapBnd: ] || echo "$b"; done; (echo x >/denied) 2>/dev/null || echo read-only; echo x >/scratch/a && echo scratch; [ -c /dev/kmsg ] && echo device""") with
        {
            User = "42400",
            CapabilitiesDropped = ["ALL"],
            CapabilitiesAdded = ["CHOWN"],
            SecurityOptions = ["no-new-privileges", "systempaths=unconfined"],
            ReadOnlyRoot = true,
            Devices = ["/dev/kmsg"],
            Tmpfs = ["/scratch:mode=1777"],
            Dimensions = new Dimensions { PidsLimit = 100, MemoryBytes = 64 << 20, Ulimits = ImmutableSortedDictionary<string, Ulimit>.Empty.Add("nofile", new Ulimit(1000, 2000)) },
        };

        JobResult result = await Engine.RunToEndAsync(spec, 10, Cancel);

        result.Output.Should().Equal("42400", "1000 2000", "0000000000000001", "read-only", "scratch", "device");
    }

    [Fact]
    public async Task A_container_that_cannot_start_keeps_the_reason_in_its_exit_code()
    {
        ContainerSpec spec = Job("true") with { Command = ["/no/such/program"] };
        await Engine.CreateContainerAsync(spec, Cancel);

        Func<Task> start = () => Engine.StartContainerAsync(spec.Name, Cancel);

        (await start.Should().ThrowAsync<EngineException>()).Which.Why.Should().Contain("/no/such/program");
        (await Engine.FindContainerAsync(spec.Name, Cancel))!.ExitCode.Should().Be(127);
    }

    [Fact]
    public async Task A_command_may_write_much_more_than_it_is_sent_while_it_is_sent()
    {
        ContainerSpec spec = Job("sleep 1000");
        await Engine.CreateContainerAsync(spec, Cancel);
        await Engine.StartContainerAsync(spec.Name, Cancel);
        string input = string.Join('\n', Enumerable.Range(0, 400_000).Select(number => $"line {number}"));

        JobResult result = await Engine.ExecAsync(spec.Name, ["cat"], new ExecOptions { StandardInput = input }, Cancel);
        JobResult deaf = await Engine.ExecAsync(spec.Name, ["true"], new ExecOptions { StandardInput = input }, Cancel);

        result.Output.Length.Should().Be(400_000);
        result.Output[^1].Should().Be("line 399999");
        deaf.ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task An_interrupted_command_gets_the_signal_and_may_end_well()
    {
        ContainerSpec spec = Job("sleep 1000");
        await Engine.CreateContainerAsync(spec, Cancel);
        await Engine.StartContainerAsync(spec.Name, Cancel);
        using var interrupt = new CancellationTokenSource();
        var lines = new List<string>();
        ImmutableArray<string> patient = ["sh", "-c", "trap 'echo got it; exit 5' INT; echo \"up $1\"; while true; do sleep 0.1; done", "sh", "and running"];

        JobResult result = await Engine.ExecAsync(spec.Name, patient, new ExecOptions { Interrupt = interrupt.Token, OnLine = line => { lines.Add(line); interrupt.Cancel(); } }, Cancel);
        JobResult untouched = await Engine.ExecAsync(spec.Name, ["sh", "-c", "echo calm; exit 3"], new ExecOptions { Interrupt = new CancellationTokenSource().Token }, Cancel);

        (result.ExitCode, untouched.ExitCode).Should().Be((5, 3));
        lines.Should().Equal("up and running", "got it");
        result.Output.Should().Equal("up and running", "got it");
        untouched.Output.Should().Equal("calm");
    }

    [Fact]
    public async Task A_program_missing_in_the_container_is_an_answer()
    {
        ContainerSpec spec = Job("sleep 1000");
        await Engine.CreateContainerAsync(spec, Cancel);
        await Engine.StartContainerAsync(spec.Name, Cancel);

        JobResult result = await Engine.ExecAsync(spec.Name, ["no-such-program"], new ExecOptions(), Cancel);

        result.ExitCode.Should().Be(126).And.NotBe(0);
        string.Join(' ', result.Output).Should().Contain("no-such-program");
    }

    [Fact]
    public async Task A_socket_nobody_made_is_reported_with_the_next_command()
    {
        using DockerEngine engine = DockerEngine.AtSocket("/nowhere/docker.sock");

        Func<Task> ask = () => engine.VersionAsync(Cancel);

        EngineUnreachableException failure = (await ask.Should().ThrowAsync<EngineUnreachableException>()).Which;
        failure.What.Should().Be("No container engine answers at /nowhere/docker.sock.");
        failure.Why.Should().Be("there is no such socket");
        failure.Next.Should().StartWith("kollanet bootstrap-servers");
    }

    [Theory]
    [InlineData("""{"Version":"19.03.1","ApiVersion":"1.40","MinAPIVersion":"1.12"}""", "upgrade the engine to 20.10 or newer")]
    [InlineData("""{"Version":"99.0","ApiVersion":"1.99","MinAPIVersion":"1.90"}""", "upgrade kollanet")]
    public async Task An_engine_too_old_or_too_new_is_refused(string version, string next)
    {
        using DockerEngine engine = Answering(version);

        Func<Task> ask = () => engine.VersionAsync(Cancel);

        EngineUnreachableException failure = (await ask.Should().ThrowAsync<EngineUnreachableException>()).Which;
        failure.Why.Should().Contain("1.41").And.Contain("1.52");
        failure.Next.Should().Be(next);
    }

    [Fact]
    public async Task An_answer_that_is_not_what_was_asked_for_is_reported_as_such()
    {
        using DockerEngine engine = Answering("<html>");

        Func<Task> ask = () => engine.VersionAsync(Cancel);

        (await ask.Should().ThrowAsync<EngineException>()).Which.Why.Should().Contain("is not understood");
    }

    [Fact]
    public async Task A_pull_that_fails_names_the_image_and_the_cause()
    {
        Func<Task> pull = () => Engine.PullImageAsync("127.0.0.1:9/absent/image:1", null, new Lines(), Cancel);

        EngineException failure = (await pull.Should().ThrowAsync<EngineException>()).Which;
        failure.What.Should().Be("Image 127.0.0.1:9/absent/image:1 could not be pulled.");
        failure.Why.Should().Contain("127.0.0.1:9");
    }

    private ContainerSpec Job(string script) => new()
    {
        Name = $"{run}-job",
        Image = docker.Image,
        Command = ["sh", "-c", script],
        NetworkMode = "none",
        RestartPolicy = "no",
        Labels = ImmutableSortedDictionary<string, string>.Empty.Add("kollanet-test", run),
    };

    private async Task<string> BuildAsync(string dockerfile, IProgress<string> progress, byte[]? ballast = null)
    {
        using MemoryStream tar = new();
        await using (TarWriter writer = new(tar, leaveOpen: true))
        {
            await AddAsync(writer, "Dockerfile", Encoding.UTF8.GetBytes(dockerfile));
            await AddAsync(writer, "greeting", "hello\n"u8.ToArray());
            if (ballast is not null) await AddAsync(writer, "ballast", ballast);
        }
        tar.Position = 0;
        BuildRequest request = new($"{run}/built:1", ImmutableSortedDictionary<string, string>.Empty.Add("kollanet-test", run), "none", NoCache: true);
        return await Engine.BuildImageAsync(request, tar, progress, Cancel);
    }

    private static async Task AddAsync(TarWriter writer, string name, byte[] content)
    {
        using MemoryStream data = new(content);
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data }, Cancel);
    }

    /// <summary>An engine that gives every call the same answer, over a real socket.</summary>
    private static DockerEngine Answering(string body) => new(async cancel =>
    {
        using TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        TcpClient near = new();
        await near.ConnectAsync((System.Net.IPEndPoint)listener.LocalEndpoint, cancel);
        using TcpClient far = await listener.AcceptTcpClientAsync(cancel);
        await far.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"), cancel);
        far.Client.Shutdown(SocketShutdown.Send);
        return new ReadOnlyPeer(near);
    }, "a test");

    private sealed class ReadOnlyPeer(TcpClient client) : Stream
    {
        private readonly NetworkStream stream = client.GetStream();

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => stream.Read(buffer, offset, count);
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => stream.ReadAsync(buffer, cancellationToken);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) { }
    }

    private sealed class Lines : IProgress<string>
    {
        public List<string> All { get; } = [];

        public void Report(string value) => All.Add(value);
    }
}
