using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using KollaNet.Engine;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Site;
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

    private static async Task<int> RunAsync(Session session, ParseResult line, string? key, string? hostName, bool secrets, CancellationToken cancel)
    {
        Site site = SiteReader.Read(session.Site(line));
        SiteHost host = site.Hosts.FirstOrDefault(candidate => hostName is null || candidate.Name == hostName)
            ?? throw new KollaNetException($"There is no host {hostName}.", $"the inventory has {string.Join(", ", site.Hosts.Select(known => known.Name))}");
        await using IHost open = session.Hosts.Open(host);
        HostFacts facts = await open.FactsAsync(cancel);
        ImmutableArray<EffectiveValue> values = site.Effective(host.Name, new Dictionary<string, HostFacts> { [host.Name] = facts }, secrets);
        EffectiveValue[] shown = [.. values.Where(value => Matches(value.Key, key))];
        if (shown.Length == 0) throw new KollaNetException($"There is no key {key}.", "neither a default nor a file of the site defines it", "kollanet config lists every key");
        foreach (EffectiveValue value in shown) Write(session.Services.Out, value);
        return ExitCodes.Success;
    }

    private static bool Matches(string name, string? pattern) =>
        pattern is null || (pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern);

    private static void Write(TextWriter output, EffectiveValue value)
    {
        output.WriteLine($"{value.Key}: {(value.Problem is { } problem ? $"!! {problem}" : Text(value.Value))}    # {value.Origin}");
        foreach (Place overridden in value.Overridden) output.WriteLine($"    # instead of {overridden}");
    }

    /// <summary>On one line, as JSON, which is YAML too.</summary>
    private static string Text(object? value)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) WriteJson(json, value);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteJson(Utf8JsonWriter json, object? value)
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
                    WriteJson(json, item);
                }

                json.WriteEndObject();
                break;
            case IReadOnlyList<object?> list:
                json.WriteStartArray();
                foreach (object? item in list) WriteJson(json, item);
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(value.ToString()); break;
        }
    }
}
