using KollaNet.Cli.Commands;

namespace KollaNet.Cli.Tests;

/// <summary>A configuration folder of one test, and the command line run in this process on it.</summary>
public sealed class CommandLineFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("kollanet-cli-").FullName;

    public CommandLineFolder()
    {
        Directory.CreateDirectory(ConfigFolder);
        Write("etc/inventory", """
            [control]
            node1 ansible_connection=local
            [mariadb:children]
            control
            [memcached:children]
            control
            [keystone:children]
            control
            [glance:children]
            control
            [glance-api:children]
            glance
            """);
        Write("etc/globals.yml", Globals);
    }

    /// <summary>Configuration files of whoever runs the tests, below the test's own folder.</summary>
    public string Globals => $"""
        network_interface: lo
        node_config_directory: {root}/kolla
        config_owner_user: {Environment.UserName}
        config_owner_group: {Environment.UserName}

        """;

    /// <summary>The folder that holds the sources, with what comes along.</summary>
    public static string Repository { get; } = new CommandServices(TextWriter.Null, TextWriter.Null, _ => null).ProgramFolder;

    public string ConfigFolder => Path.Combine(root, "etc");

    public string PathOf(string name) => Path.Combine(root, name);

    public string Read(string name) => File.ReadAllText(PathOf(name));

    public void Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        if (name.EndsWith("passwords.yml", StringComparison.Ordinal)) File.SetUnixFileMode(PathOf(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Runs one command line, with the folder as KOLLA_CONFIG_PATH.</summary>
    public Task<Answer> RunAsync(params string[] arguments) => RunAsync(TestContext.Current.CancellationToken, arguments);

    public async Task<Answer> RunAsync(CancellationToken cancel, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var services = new CommandServices(output, error, name => name == "KOLLA_CONFIG_PATH" ? ConfigFolder : null) { IsTerminal = false };
        int exitCode = await KollanetCommand.RunAsync(arguments, services, cancel);
        return new Answer(exitCode, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}

/// <summary>What a command line left.</summary>
public sealed record Answer(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
