using System.Collections.Immutable;

namespace KollaNet.Engine.Yaml;

/// <summary>A piece of a YAML file that knows where it stands.</summary>
/// <param name="Place">Its first character.</param>
public abstract record YamlNode(Place Place)
{
    /// <summary>What the node is, for messages: <c>a list</c>.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value.</summary>
/// <param name="Text">As written, without quotes.</param>
/// <param name="Value">What it means by YAML 1.1: <c>string</c>, <c>bool</c>, <c>long</c>, <c>double</c> or null. Quoted text is always a string.</param>
/// <param name="IsTemplate">True when the text may hold <c>{{ }}</c> that has to be evaluated; <c>!unsafe</c> values are taken as they stand.</param>
public sealed record YamlScalar(Place Place, string Text, object? Value, bool IsTemplate) : YamlNode(Place)
{
    /// <inheritdoc/>
    public override string Kind => Value switch { null => "empty", bool => "yes or no", long or double => "a number", _ => "a text" };

    /// <summary>Where <see cref="Text"/> itself starts: behind the quote, or on the line below <c>|</c>.</summary>
    public Place TextPlace { get; init; } = Place;
}

/// <summary>A sequence.</summary>
public sealed record YamlList(Place Place, ImmutableArray<YamlNode> Items) : YamlNode(Place)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>A mapping whose keys are texts, in the order of the file, merge keys resolved.</summary>
public sealed record YamlMap(Place Place, ImmutableArray<YamlEntry> Entries) : YamlNode(Place)
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";

    /// <summary>The value of a key; null when the key is missing.</summary>
    public YamlNode? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}

/// <summary>One key of a mapping.</summary>
/// <param name="Place">Of the key.</param>
public sealed record YamlEntry(string Key, Place Place, YamlNode Value);
