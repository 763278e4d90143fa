namespace KollaNet.Engine.Site;

/// <summary>Reads a value as yes or no, the way Ansible's <c>bool</c> filter does, but without taking every other word for no.</summary>
public static class Truth
{
    /// <summary>True or false; null when the value is neither.</summary>
    public static bool? Of(object? value) => value switch
    {
        bool truth => truth,
        1L => true,
        0L => false,
        string text => text.Trim().ToLowerInvariant() switch
        {
            "yes" or "true" or "on" or "1" or "y" or "t" => true,
            "no" or "false" or "off" or "0" or "n" or "f" => false,
            _ => null,
        },
        _ => null,
    };
}
