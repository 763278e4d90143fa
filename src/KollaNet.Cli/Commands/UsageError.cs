using System.CommandLine;
using KollaNet.Engine;
using KollaNet.Engine.Site;

namespace KollaNet.Cli.Commands;

/// <summary>A command line that cannot be understood, as a failure like any other instead of a page of help.</summary>
internal static class UsageError
{
    public static KollaNetException Of(ParseResult line)
    {
        string command = NameOf(line.CommandResult.Command);
        string[] known = [.. NamesFor(line.CommandResult.Command)];
        string[] unknown = [.. line.UnmatchedTokens.Where(word => !known.Contains(word)).Select(word => $"'{word}' is neither a command nor an option of {command}{Suggestion.Phrase(word, known)}")];
        // The parser's own words say the same of such tokens, and that the right ones are missing.
        string[] reasons = unknown.Length > 0 ? unknown : [.. line.Errors.Select(error => error.Message)];
        return new KollaNetException("This command line is not understood.", string.Join('\n', reasons), $"{command} --help");
    }

    /// <summary>The command with those above it: <c>kollanet plan</c>.</summary>
    public static string NameOf(Command command) => command is RootCommand ? "kollanet" : command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : command.Name;

    private static IEnumerable<string> NamesFor(Command command) => command.Subcommands.Select(inner => inner.Name)
        .Concat(command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.Length > 2))
        .Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options).Where(option => option.Recursive).Select(option => option.Name));
}
