using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Explains every key of one host.</summary>
internal sealed partial class EffectiveConfiguration(SiteModel model, SiteVariables variables)
{
    private const string Mask = "***";

    /// <summary>All keys, sorted.</summary>
    public ImmutableArray<EffectiveValue> Of(string host, bool showSecrets)
    {
        var redactor = new Redactor(SecretValues());
        return [.. model.Names.Layers.Names.Where(name => model.Names.Layers.Find(host, name) is not null).Select(name => Explain(host, name, showSecrets, redactor))];
    }

    /// <summary>The values of all secrets of all hosts, for taking them out of texts.</summary>
    public ImmutableArray<string> SecretValues()
    {
        string[] names = [.. model.Names.Layers.Names.Where(name => IsSecretName(name))];
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string host in model.Names.Hosts)
        {
            foreach (string name in names) Collect(Evaluate(host, name).Value, values);
        }
        return [.. values];
    }

    private EffectiveValue Explain(string host, string name, bool showSecrets, Redactor redactor)
    {
        VariableDefinition winner = model.Names.Layers.Find(host, name)!;
        (object? value, string? problem) = Evaluate(host, name);
        bool secret = IsSecretName(name) || winner.Layer == VariableLayer.Passwords;
        object? masked = secret ? MaskAll(value) : Redact(value, redactor);
        bool holdsSecret = secret || !ReferenceEquals(masked, value);
        ImmutableArray<Place> lost = [.. model.Names.Layers.All(host, name).Reverse().Where(definition => !ReferenceEquals(definition, winner)).Select(definition => definition.Place)];
        return new EffectiveValue(name, showSecrets ? value : masked, winner.Place, winner.Layer, holdsSecret, lost, problem);
    }

    private (object? Value, string? Problem) Evaluate(string host, string name)
    {
        try
        {
            return (variables.Of(host).TryGet(name, out object? value) ? value : null, null);
        }
        catch (TemplateException e)
        {
            return (null, $"{e.TemplateSource}:{e.Line}:{e.Column}: {e.Problem}");
        }
    }

    private bool IsSecretName(string name) =>
        SecretName().IsMatch(name) || model.PasswordKeys.ContainsKey(name) || model.Rules.Passwords.Any(need => need.Key == name);

    private static object? MaskAll(object? value) => value is null or "" ? value : Mask;

    /// <summary>The same object when there is nothing to hide in it.</summary>
    private static object? Redact(object? value, Redactor redactor)
    {
        switch (value)
        {
            case string text when redactor.Holds(text):
                return redactor.Redact(text);
            case IReadOnlyList<object?> list:
                List<object?> items = [.. list.Select(item => Redact(item, redactor))];
                return items.Zip(list).All(pair => ReferenceEquals(pair.First, pair.Second)) ? value : items;
            case IReadOnlyDictionary<string, object?> map:
                var entries = map.ToDictionary(entry => entry.Key, entry => Redact(entry.Value, redactor), StringComparer.Ordinal);
                return map.All(entry => ReferenceEquals(entries[entry.Key], entry.Value)) ? value : entries;
            default:
                return value;
        }
    }

    private static void Collect(object? value, SortedSet<string> into)
    {
        if (value is string { Length: > 0 } text) into.Add(text);
        else if (value is IReadOnlyDictionary<string, object?> map && map.TryGetValue("private_key", out object? key)) Collect(key, into);
        else if (value is IReadOnlyList<object?> list) foreach (object? item in list) Collect(item, into);
    }

    [GeneratedRegex("(password|passwd|secret|token|salt|cookie|_key|_credentials)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
