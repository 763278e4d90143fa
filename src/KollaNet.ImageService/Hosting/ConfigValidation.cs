using KollaNet.ImageService.Api;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using Microsoft.Extensions.Logging.Abstractions;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>kollanet-image config validate</c> and <c>config describe</c>: checks files without starting anything.</summary>
public static class ConfigValidation
{
    /// <summary>Writes problems to <paramref name="errors"/>, one per line. Stricter than the service, which serves in spite of an option that it does not know: whoever asks wants to hear of a misspelt name.</summary>
    /// <returns>The exit code: 0 right, 1 not.</returns>
    public static int Validate(IReadOnlyList<string> files, IReadOnlyList<string> folders, TextWriter output, TextWriter errors)
    {
        try
        {
            GlanceOptions options = GlanceOptions.Load(files, folders);
            PropertyProtectionFile.Read(options, new PolicyFiles(options, NullLogger<PolicyFiles>.Instance).Policies);
            ExtraProperties.Read(options);
            foreach (string warning in options.Warnings) errors.WriteLine($"error: {warning}");
            if (options.Warnings.Any()) return 1;
            output.WriteLine("ok");
            return 0;
        }
        catch (ConfigurationInvalidException e)
        {
            return Report(e.Problems, errors);
        }
        catch (PolicyInvalidException e)
        {
            return Report(e.Problems, errors);
        }
    }

    private static int Report(IEnumerable<string> problems, TextWriter errors)
    {
        foreach (string problem in problems) errors.WriteLine($"error: {problem}");
        return 1;
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
