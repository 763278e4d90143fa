using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using KollaNet.Cli.Output;
using KollaNet.Engine;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Site;
using KollaNet.Engine.Site.Passwords;
using KollaNet.Engine.Yaml;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet config [KEY]</c>: every key as it comes out, with where it comes from.</summary>
internal static class ConfigCommand
{
    public static Command Create(Session session)
    {
        var key = new Argument<string?>("KEY") { Description = "One key, or the beginning of several with a *; all when left out.", Arity = ArgumentArity.ZeroOrOne };
        var host = new Option<string?>("--host") { Description = "The host whose values are shown; the first one when left out." };
        var secrets = new Option<bool>("--show-secrets") { Description = "Show passwords and keys too." };
        var command = new Command("config", "Print the effective configuration with the origin of each value.") { key, host, secrets };
        command.SetAction(async (line, cancel) => await RunAsync(session, line, line.GetValue(key), line.GetValue(host), line.GetValue(secrets), cancel));
        return command;
    }

    /// <summary>Shows no value of a configuration that a deployment would refuse: it may be a default where the operator's own could not be read.</summary>
    private static async Task<int> RunAsync(Session session, ParseResult line, string? key, string? hostName, bool secrets, CancellationToken cancel)
    {
        Site site = SiteReader.Read(session.Site(line));
        ImmutableArray<SiteProblem> problems = [.. site.Problems.Where(problem => !problem.IsMissingPassword)];
        if (!problems.IsEmpty) throw new SiteInvalidException(problems);
        SiteHost host = site.Hosts.FirstOrDefault(candidate => hostName is null ? candidate.Selected : candidate.Name == hostName)
            ?? throw new KollaNetException($"There is no host {hostName}.", $"the inventory has {string.Join(", ", site.Hosts.Select(known => known.Name))}");
        await using IHost open = session.Hosts.Open(host);
        HostFacts facts = await open.FactsAsync(cancel);
        ImmutableArray<EffectiveValue> values = site.Effective(host.Name, new Dictionary<string, HostFacts> { [host.Name] = facts }, secrets);
        EffectiveValue[] shown = [.. values.Where(value => Matches(value.Key, key))];
        if (shown.Length == 0) throw NotFound(key, site);
        if (line.GetValue(session.Options.Json)) WriteJson(new JsonLines(session.Services.Out), shown);
        else foreach (EffectiveValue value in shown) Write(session.Services.Out, value);
        string[] unknown = [.. shown.Select(value => value.Problem).OfType<string>().Distinct()];
        return unknown.Length == 0 ? ExitCodes.Success
            : throw new KollaNetException($"Not every value can be made out on host {host.Name}.", string.Join('\n', unknown), "kollanet prechecks names everything that is wrong with the site");
    }

    private static KollaNetException NotFound(string? key, Site site) =>
        PasswordNeed.ReadAll(site.Request.TemplatesFolder, out _).Any(need => need.Key == key)
            ? new KollaNetException($"{key} has no value yet.", "the passwords file has none", "kollanet genpwd")
            : new KollaNetException($"There is no key {key}.", "neither a default nor a file of the site defines it", "kollanet config lists every key");

    private static bool Matches(string name, string? pattern) =>
        pattern is null || (pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern);

    private static void Write(TextWriter output, EffectiveValue value)
    {
        // JSON on one line is YAML too.
        output.WriteLine($"{value.Key}: {(value.Problem is { } problem ? $"!! {problem}" : JsonLines.Text(json => WriteValue(json, value.Value)))}    # {value.Origin}");
        foreach (Place overridden in value.Overridden) output.WriteLine($"    # instead of {overridden}");
    }

    private static void WriteJson(JsonLines lines, EffectiveValue[] values)
    {
        foreach (EffectiveValue value in values)
        {
            lines.Write("value", json =>
            {
                json.WriteString("key", value.Key);
                json.WritePropertyName("value");
                WriteValue(json, value.Value);
                json.WriteString("from", value.Origin.ToString());
                json.WriteStartArray("instead_of");
                foreach (Place overridden in value.Overridden) json.WriteStringValue(overridden.ToString());
                json.WriteEndArray();
                json.WriteBoolean("secret", value.IsSecret);
                if (value.Problem is { } problem) json.WriteString("problem", problem);
            });
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool truth: json.WriteBooleanValue(truth); break;
            case long number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case IReadOnlyDictionary<string, object?> map:
                json.WriteStartObject();
                foreach ((string name, object? item) in map)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, item);
                }

                json.WriteEndObject();
                break;
            case IReadOnlyList<object?> list:
                json.WriteStartArray();
                foreach (object? item in list) WriteValue(json, item);
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(value.ToString()); break;
        }
    }
}
