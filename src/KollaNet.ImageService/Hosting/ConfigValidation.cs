using KollaNet.ImageService.Api;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using Microsoft.Extensions.Logging.Abstractions;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>kollanet-image config validate</c> and <c>config describe</c>: checks files without starting anything.</summary>
public static class ConfigValidation
{
    /// <summary>Writes problems to <paramref name="errors"/>, one per line, all of them at once. Stricter than the service, which serves in spite of an option that it does not know or a user that it cannot let in:
    /// whoever asks wants to hear of a misspelt name.</summary>
    /// <param name="isElsewhere">Whether it is another machine that will serve; see <see cref="StartChecks.Find"/>.</param>
    /// <returns>The exit code: 0 right, 1 not.</returns>
    public static int Validate(IReadOnlyList<string> files, IReadOnlyList<string> folders, bool isElsewhere, TextWriter output, TextWriter errors)
    {
        var problems = new List<string>();
        if (GlanceOptionsReader.TryRead(files, folders, problems) is { } options)
        {
            problems.AddRange(StartChecks.Find(options, isElsewhere));
            problems.AddRange(ProblemsOf(() => PropertyProtectionFile.Read(options, new PolicyFiles(options, NullLogger<PolicyFiles>.Instance).Policies)));
            problems.AddRange(ProblemsOf(() => ExtraProperties.Read(options)));
            problems.AddRange(options.Warnings);
            problems.AddRange(AuthenticationChoice.FindUselessUsers(options));
        }

        foreach (string problem in problems.Distinct()) errors.WriteLine($"error: {problem}");
        if (isElsewhere) output.WriteLine("note: this machine has no network, so it is not taken for the one that will serve: names in bind_host, files that are not here and the folder of log_file are left to that one");
        if (problems.Count > 0) return 1;
        output.WriteLine("ok");
        return 0;
    }

    private static IEnumerable<string> ProblemsOf(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (ConfigurationInvalidException e)
        {
            return e.Problems;
        }
        catch (PolicyInvalidException e)
        {
            return e.Problems;
        }
    }

    /// <summary>Writes every option that has an effect, as a commented sample file.</summary>
    public static void Describe(TextWriter output)
    {
        foreach (IGrouping<string, OptionDefinition> section in GlanceOptions.Describe().Where(option => option.IsUsed).GroupBy(option => option.Section))
        {
            output.WriteLine($"[{section.Key}]");
            foreach (OptionDefinition option in section)
            {
                output.WriteLine($"# {option.Help} ({option.Type}{(option.IsMulti ? ", may be repeated" : "")})");
                output.WriteLine($"#{option.Name} = {option.Default}\n");
            }
        }
    }
}
