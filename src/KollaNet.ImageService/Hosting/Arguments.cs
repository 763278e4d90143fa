using System.Collections.Frozen;
using System.Collections.Immutable;

namespace KollaNet.ImageService.Hosting;

/// <summary>A command line, taken apart: the words of its command, and its options in the order they came.</summary>
/// <param name="Words">As written.</param>
/// <param name="Options">In our own spelling; the value of a flag is null.</param>
/// <param name="AsksForHelp"><c>--help</c> is among them.</param>
internal sealed record Arguments(ImmutableArray<string> Words, ImmutableArray<KeyValuePair<string, string?>> Options, bool AsksForHelp)
{
    private static readonly string[] Files = ["--config-file", "--config-dir"];

    private static readonly string[] Flags = ["--delete-orphans", "--dry-run", "--hash", "--json", "--merge", "--overwrite", "--prefer-new", "--repair"];

    /// <summary>Command → what it takes.</summary>
    private static readonly FrozenDictionary<string, string[]> Commands = new Dictionary<string, string[]>
    {
        ["serve"] = Files,
        ["db sync"] = Files,
        ["db expand"] = Files,
        ["db migrate"] = Files,
        ["db contract"] = Files,
        ["db check"] = Files,
        ["db version"] = Files,
        ["db purge"] = [.. Files, "--age-in-days", "--max-rows"],
        ["db purge-images-table"] = [.. Files, "--age-in-days", "--max-rows"],
        ["db load-metadefs"] = [.. Files, "--path", "--merge", "--prefer-new", "--overwrite"],
        ["db export-metadefs"] = [.. Files, "--path"],
        ["db unload-metadefs"] = Files,
        ["config validate"] = Files,
        ["config describe"] = [],
        ["cache clean"] = Files,
        ["cache prune"] = Files,
        ["cache prefetch"] = Files,
        ["scrub"] = [.. Files, "--restore"],
        ["fsck"] = [.. Files, "--hash", "--store", "--image", "--json", "--repair", "--quarantine", "--delete-orphans"],
        ["stores check"] = [.. Files, "--keep", "--default"],
        ["stores test"] = [.. Files, "--store", "--skip", "--within"],
        ["stores keep"] = [.. Files, "--keep", "--default"],
        ["images list"] = [.. Files, "--store", "--json"],
        ["images verify"] = [.. Files, "--store", "--image", "--json"],
        ["images migrate"] = [.. Files, "--from", "--to", "--image", "--limit-rate", "--parallel", "--dry-run"],
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> KnownOptions = Commands.Values.SelectMany(options => options).ToFrozenSet();

    /// <summary>The command in our own spelling, with options that it takes.</summary>
    /// <exception cref="UsageException">There is no such command, or it does not take one of the options.</exception>
    public string Command
    {
        get
        {
            // What follows an option that nobody knows may be its value, so that option is what to tell of.
            string command = FindCommand(out int length);
            string? strange = Options.Select(option => option.Key).FirstOrDefault(name => length > 0 ? !Commands[command].Contains(name) : !KnownOptions.Contains(name));
            if (strange is not null) throw new UsageException($"{strange} is not an option of kollanet-image{(length > 0 ? $" {command}; kollanet-image {command} --help shows those that it has" : "; kollanet-image --help shows those that there are")}. Nothing was done.");
            return length > 0 && length == Words.Length ? command : throw Unknown(length);
        }
    }

    /// <summary>Takes a command line apart.</summary>
    /// <exception cref="UsageException">An option without its value, or a flag with one.</exception>
    public static Arguments Read(string[] args)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        var options = ImmutableArray.CreateBuilder<KeyValuePair<string, string?>>();
        bool help = false;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] is "--help" or "-h") help = true;
            else if (!args[i].StartsWith("--", StringComparison.Ordinal)) words.Add(args[i]);
            else
            {
                string[] halves = args[i].Split('=', 2);
                string name = halves[0].Replace('_', '-');
                bool isFlag = Flags.Contains(name);
                if (isFlag && halves.Length > 1) throw new UsageException($"{name} takes no value; leave out '={halves[1]}'. Nothing was done.");
                string? value = halves.ElementAtOrDefault(1);
                if (!isFlag && value is null && KnownOptions.Contains(name)) value = ++i < args.Length ? args[i] : help ? "" : throw new UsageException($"{name} needs a value. Nothing was done.");
                options.Add(new(name, value));
            }
        }

        return new Arguments(words.ToImmutable(), options.ToImmutable(), help);
    }

    /// <summary>Which of these lines are about the words: those that begin with them after the program's name, with what is indented below. A word of a line may be several, <c>one|two</c>.</summary>
    /// <exception cref="UsageException">None is.</exception>
    public IReadOnlyList<string> About(string usage)
    {
        string[] wanted = Plain(Words).Split(' ');
        List<string> found = [];
        bool isAbout = false;
        foreach (string line in usage.Split('\n'))
        {
            string[] words = line.Split(' ');
            if (words[0] == "kollanet-image") isAbout = words.Length > wanted.Length && wanted.Index().All(word => words[word.Index + 1].Split('|').Contains(word.Item));
            else if (words[0].Length > 0) isAbout = false;
            if (isAbout) found.Add(line);
        }

        FindCommand(out int length);
        return found.Count > 0 ? found : throw Unknown(length);
    }

    /// <summary>The longest command that the words begin with; of no words when there is none.</summary>
    private string FindCommand(out int length)
    {
        for (length = Words.Length; length > 0; length--)
        {
            if (Plain(Words[..length]) is var command && Commands.ContainsKey(command)) return command;
        }

        return "";
    }

    /// <param name="length">So many words are right.</param>
    private UsageException Unknown(int length)
    {
        if (Words.IsEmpty) return new UsageException("No command is given; kollanet-image --help shows those that there are.");
        string first = Plain(Words[..1]);
        string group = first.Split(' ')[0];
        string[] inGroup = [.. Commands.Keys.Where(command => command.StartsWith($"{group} ", StringComparison.Ordinal)).Select(command => command[(group.Length + 1)..]).Order()];
        if (length > 0) return new UsageException($"'{Words[length]}' is not expected after kollanet-image {Plain(Words[..length])}. Nothing was done.");
        if (inGroup.Length == 0) return new UsageException($"'{Words[0]}' is not a command of kollanet-image; kollanet-image --help shows those that there are.");
        string known = string.Join(", ", inGroup);
        if (first == group && Words.Length == 1) return new UsageException($"kollanet-image {group} needs one more word: {known}.");
        return new UsageException($"'{(first == group ? Words[1] : Words[0])}' is not a command of kollanet-image{(first == group ? $" {group}" : "")}; {group} has {known}.");
    }

    /// <summary>Words of a command in our own spelling; glance-manage has others.</summary>
    private static string Plain(ImmutableArray<string> words)
    {
        string command = string.Join(' ', words);
        return (command.StartsWith("db_", StringComparison.Ordinal) ? $"db {command[3..]}" : command).Replace('_', '-');
    }
}
