using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KollaNet.Engine.Site;

namespace KollaNet.Cli.Commands;

/// <summary>What the values of options and arguments have to be, said in the words of an operator.</summary>
internal static class CheckedValues
{
    /// <summary>A path has to have at least one letter: an empty one comes from a variable of the shell that is not set.</summary>
    public static Option<T> NamesPath<T>(this Option<T> option)
    {
        option.Validators.Add(result => RefuseEmpty(result, option.Name));
        return option;
    }

    /// <inheritdoc cref="NamesPath{T}(Option{T})"/>
    public static Argument<string> NamesPath(this Argument<string> argument)
    {
        argument.Validators.Add(result => RefuseEmpty(result, argument.Name));
        return argument;
    }

    /// <summary>A whole number that is not below <paramref name="least"/>.</summary>
    public static Option<int> WholeNumber(int least, int byDefault, string description, string name, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        DefaultValueFactory = _ => byDefault,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least) return number;
            result.AddError($"{name}: \"{text}\" is not a whole number from {least} up");
            return least;
        },
    };

    /// <summary>One of a few words.</summary>
    public static Argument<string> OneOf(this Argument<string> argument, params string[] words)
    {
        argument.AcceptOnlyFromAmong(words);
        // The parser's own message lists the words one below the other and guesses nothing.
        argument.Validators.Clear();
        argument.Validators.Add(result =>
        {
            foreach (string word in result.Tokens.Select(token => token.Value).Where(word => !words.Contains(word)))
                result.AddError($"{argument.Name}: '{word}' is not one of {string.Join(", ", words)}{Suggestion.Phrase(word, words)}");
        });
        return argument;
    }

    private static void RefuseEmpty(SymbolResult result, string name)
    {
        if (result.Tokens.Any(token => token.Value.Length == 0)) result.AddError($"{name}: the path is empty; is a variable of the shell not set?");
    }
}
