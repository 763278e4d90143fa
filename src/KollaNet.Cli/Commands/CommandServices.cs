namespace KollaNet.Cli.Commands;

/// <summary>What commands need from outside; a test hands in its own.</summary>
/// <param name="Out">For results.</param>
/// <param name="Error">For failures.</param>
/// <param name="Environment">Environment variables by name; null when unset.</param>
internal sealed record CommandServices(TextWriter Out, TextWriter Error, Func<string, string?> Environment)
{
    /// <summary>The folder that holds <c>templates/</c>: the one of the program, or the first above it that does.</summary>
    public string ProgramFolder { get; init; } = FindProgramFolder();

    /// <summary>True when a person watches.</summary>
    public bool IsTerminal { get; init; } = !Console.IsOutputRedirected;

    /// <summary>Characters in a line of the terminal.</summary>
    public int Columns { get; init; } = Console.IsOutputRedirected || Console.WindowWidth <= 0 ? 80 : Console.WindowWidth;

    /// <summary>What follows the word <c>openstack</c> or <c>images</c> on the command line.</summary>
    public string[] ClientArguments { get; init; } = [];

    private static string FindProgramFolder()
    {
        string start = Path.GetDirectoryName(System.Environment.ProcessPath) is { } folder && File.Exists(Path.Combine(folder, "kollanet.dll")) ? folder : AppContext.BaseDirectory;
        for (DirectoryInfo? at = new(start); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "templates", "defaults.yml"))) return at.FullName;
        return start;
    }
}
