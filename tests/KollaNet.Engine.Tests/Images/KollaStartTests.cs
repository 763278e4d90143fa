using System.Collections.Immutable;
using KollaNet.Engine.Processes;
using KollaNet.TestHost;

namespace KollaNet.Engine.Tests.Images;

/// <summary>Kolla's image contract as our base image keeps it: config.json is put into effect, then the command runs. Source: openstack/kolla, kolla_start and kolla_set_configs.</summary>
public sealed class KollaStartTests : IDisposable
{
    private readonly string config = Directory.CreateTempSubdirectory("kollanet-test-start-").FullName;
    private readonly ProcessRunner processes = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(config, recursive: true);

    [Fact]
    public async Task Files_are_copied_with_their_owner_and_mode_and_the_command_runs()
    {
        Write("app.conf", "greeting = hello\n");
        Configure("stat -c %U:%G:%a%n /etc/app/app.conf", """{"source": "/var/lib/kolla/config_files/app.conf", "dest": "/etc/app/app.conf", "owner": "glance:kolla", "perm": "0640"}""");

        ProcessResult result = await StartAsync();

        result.ExitCode.Should().Be(0, result.Error);
        result.Output.Should().Contain("glance:kolla:640/etc/app/app.conf");
    }

    [Fact]
    public async Task A_pattern_fills_a_folder_and_a_folder_is_copied_whole()
    {
        Write("parts/a.conf", "a\n");
        Write("parts/deep/b.conf", "b\n");
        Configure("find /etc/app /etc/whole -type f",
            """{"source": "/var/lib/kolla/config_files/parts/*.conf", "dest": "/etc/app/", "owner": "root", "perm": "0600"}""",
            """{"source": "/var/lib/kolla/config_files/parts", "dest": "/etc/whole", "owner": "root", "perm": "0600"}""");

        (await StartAsync()).Output.Split('\n').Should().Contain(["/etc/app/a.conf", "/etc/whole/a.conf", "/etc/whole/deep/b.conf"]);
    }

    [Theory]
    [InlineData("""{"source": "/var/lib/kolla/config_files/no.conf", "dest": "/etc/no.conf", "owner": "root", "perm": "0600", "optional": true}""", 0, "here")]
    [InlineData("""{"source": "/var/lib/kolla/config_files/no.conf", "dest": "/etc/no.conf", "owner": "root", "perm": "0600"}""", 2, "/var/lib/kolla/config_files/no.conf is missing")]
    [InlineData("""{"source": "/var/lib/kolla/config_files/config.json", "dest": "/etc/no.conf", "owner": "nobody-here", "perm": "0600"}""", 2, "there is no user 'nobody-here' in this image")]
    public async Task A_missing_file_stops_the_start_unless_it_is_optional(string file, int exitCode, string said)
    {
        Configure("echo here", file);

        ProcessResult result = await StartAsync();

        result.ExitCode.Should().Be(exitCode);
        (result.Output + result.Error).Should().Contain(said);
    }

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("{}", "has no 'command'")]
    public async Task A_config_json_that_cannot_be_used_says_why(string text, string why)
    {
        Write("config.json", text);

        ProcessResult result = await StartAsync();

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain(why);
    }

    [Theory]
    [InlineData("COPY_ALWAYS", "second")]
    [InlineData("COPY_ONCE", "first")]
    public async Task The_strategy_decides_whether_a_restart_takes_a_changed_file(string strategy, string expected)
    {
        Write("app.conf", "first");
        Configure("cat /etc/app.conf", """{"source": "/var/lib/kolla/config_files/app.conf", "dest": "/etc/app.conf", "owner": "root", "perm": "0600"}""");
        string container = (await DockerAsync("create", await OptionsAsync("--env", $"KOLLA_CONFIG_STRATEGY={strategy}"))).Output.Trim();
        try
        {
            (await DockerAsync("start", "--attach", container)).Output.Should().EndWith("first");
            Write("app.conf", "second");
            (await DockerAsync("start", "--attach", container)).Output.Should().EndWith(expected);
        }
        finally
        {
            await DockerAsync("rm", "--force", container);
        }
    }

    [Fact]
    public async Task Check_tells_a_container_that_is_as_configured_from_one_that_is_not()
    {
        Write("app.conf", "text");
        Configure("true", """{"source": "/var/lib/kolla/config_files/app.conf", "dest": "/etc/app.conf", "owner": "root", "perm": "0600"}""");

        ProcessResult result = await StartAsync("bash", "-c",
            "kolla_set_configs; kolla_set_configs --check; echo same=$?; echo more >> /etc/app.conf; kolla_set_configs --check; echo edited=$?; "
            + "kolla_set_configs; chmod 0644 /etc/app.conf; kolla_set_configs --check; echo mode=$?");

        result.Output.Should().Contain("same=0").And.Contain("edited=1").And.Contain("mode=1");
    }

    [Fact]
    public async Task Permissions_reach_below_a_folder_except_where_excluded_and_log_folders_are_made()
    {
        Write("config.json", """
            {
              "command": "find /srv/data /var/log/kolla/app -printf %p=%u:%m\\n",
              "permissions": [
                {"path": "/srv/data", "owner": "glance:glance", "perm": "0640", "recurse": true, "exclude": ["kept"]},
                {"path": "/var/log/kolla/app", "owner": "glance:kolla"}
              ]
            }
            """);

        ProcessResult result = await StartAsync("bash", "-c", "mkdir -p /srv/data/sub && touch /srv/data/sub/file /srv/data/kept && chmod 0600 /srv/data/kept && exec kolla_start");

        result.Output.Split('\n').Should().Contain(["/srv/data=glance:750", "/srv/data/sub=glance:750", "/srv/data/sub/file=glance:640", "/srv/data/kept=root:600"])
            .And.Contain(line => line.StartsWith("/var/log/kolla/app=glance:", StringComparison.Ordinal));
    }

    private void Configure(string command, params string[] files) =>
        Write("config.json", $$"""{"command": "{{command}}", "config_files": [{{string.Join(", ", files)}}]}""");

    private void Write(string name, string text)
    {
        string path = Path.Combine(config, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private async Task<ProcessResult> StartAsync(params string[] command) => await DockerAsync("run", ["--rm", .. await OptionsAsync(), .. command]);

    private async Task<string[]> OptionsAsync(params string[] more)
    {
        ImmutableArray<string> images = await TestImages.EnsureAsync(Cancel, "base");
        return [.. more, "--network", "none", "--volume", $"{config}:/var/lib/kolla/config_files:ro", images[0]];
    }

    private Task<ProcessResult> DockerAsync(string verb, params string[] arguments) => processes.RunAsync(new ProcessRequest("docker", [verb, .. arguments]), Cancel);
}
