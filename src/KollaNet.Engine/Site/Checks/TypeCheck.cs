using System.Globalization;
using System.Net;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Checks;

/// <summary>Checks that values are what their types say.</summary>
internal static class TypeCheck
{
    /// <summary>What is wrong with a value; null when it fits.</summary>
    /// <param name="type">See <see cref="Services.ServiceDefinition.VariableTypes"/>; also <c>interface</c>, which only facts can judge.</param>
    public static string? Problem(string type, object? value)
    {
        string shown = value switch { null => "an empty value", string text => $"\"{text}\"", IReadOnlyList<object?> => "a list", IReadOnlyDictionary<string, object?> => "a mapping", _ => Text(value) };
        return type switch
        {
            "bool" => Truth.Of(value) is null ? $"{shown} is not yes or no" : null,
            "int" => Number(value) is null ? $"{shown} is not a whole number" : null,
            "port" => Number(value) is >= 1 and <= 65535 ? null : $"{shown} is not a port (1 to 65535)",
            "address" => value is string address && IsAddress(address) ? null : $"{shown} is not an IP address",
            "interface" => value is string { Length: > 0 } ? null : $"{shown} is not the name of an interface",
            "list" => value is IReadOnlyList<object?> ? null : $"{shown} is not a list",
            "map" => value is IReadOnlyDictionary<string, object?> ? null : $"{shown} is not a mapping",
            "string" => value is IReadOnlyList<object?> or IReadOnlyDictionary<string, object?> ? $"{shown} is not a text" : null,
            _ when type.StartsWith("one of ", StringComparison.Ordinal) => OneOf(type["one of ".Length..].Split(',', StringSplitOptions.TrimEntries), value, shown),
            _ => null,
        };
    }

    /// <summary>The type a default suggests; null when it says nothing.</summary>
    public static string? Implied(VariableDefinition byDefault) => byDefault.Value switch
    {
        YamlScalar { Value: bool } => "bool",
        YamlScalar { Value: "yes" or "no" } => "bool",
        YamlScalar { Value: long } => "int",
        YamlScalar when byDefault.Name.StartsWith("enable_", StringComparison.Ordinal) => "bool",
        YamlList => "list",
        YamlMap => "map",
        _ => null,
    };

    private static string? OneOf(string[] words, object? value, string shown)
    {
        string text = value is bool truth ? truth ? "yes" : "no" : Text(value);
        return words.Contains(text) ? null : $"{shown} is not one of {string.Join(", ", words)}{Suggestion.Phrase(text, words)}";
    }

    private static long? Number(object? value) => value switch
    {
        long whole => whole,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed) => parsed,
        _ => null,
    };

    private static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) && (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 || text.Count(c => c == '.') == 3);

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
