using KollaNet.Cli.Commands;

namespace KollaNet.Cli;

/// <summary>`kollanet`: arguments in, text and an exit code out. Decides nothing.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => KollanetCommand.RunAsync(arguments, new CommandServices(Console.Out, Console.Error, Environment.GetEnvironmentVariable));
}
