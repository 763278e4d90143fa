using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KollaNet.ImageService.Identity;

/// <summary>Reads <c>policy.yaml</c> (or the older <c>policy.json</c>, which is YAML too): rule name to rule text.</summary>
public static class PolicyFile
{
    /// <exception cref="PolicyInvalidException">Not a flat mapping of texts, with file, line and column.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        using StreamReader text = File.OpenText(path);
        return Parse(path, text);
    }

    /// <inheritdoc cref="Read"/>
    public static IReadOnlyDictionary<string, string> Parse(string name, TextReader text)
    {
        var rules = new Dictionary<string, string>();
        var parser = new Parser(text);
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _)) return rules;
            parser.Consume<DocumentStart>();
            if (parser.TryConsume<Scalar>(out Scalar? nothing) && nothing.Value.Length == 0) return rules;
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                Scalar key = parser.Consume<Scalar>();
                rules[key.Value] = parser.Consume<Scalar>().Value;
            }
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException)
        {
            string where = e is YamlException yaml ? $"{name}:{yaml.Start.Line}:{yaml.Start.Column}" : name;
            throw new PolicyInvalidException([$"{where}: expected rule names with one rule text each ({e.Message})"]);
        }

        return rules;
    }
}
