using System.Globalization;
using System.Text.Json;

namespace KollaNet.ImageService.Api;

/// <summary>The text that is kept of a custom property's value: what Python's <c>str()</c> makes of it.</summary>
public static class PropertyText
{
    /// <returns>Null for <c>null</c>.</returns>
    /// <exception cref="ApiException">400: an array or an object.</exception>
    public static string? Of(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Number => OfNumber(value.GetRawText()),
        _ => throw ApiException.Malformed($"Property '{name}' must be a string, a number or a boolean."),
    };

    private static string OfNumber(string digits)
    {
        if (digits.AsSpan().IndexOfAny(".eE") < 0) return digits == "-0" ? "0" : digits;
        double number = double.Parse(digits, CultureInfo.InvariantCulture);
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        return Math.Abs(number) < 1e16 && double.IsInteger(number) ? number.ToString("F1", CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
    }
}
