namespace KollaNet.ImageService.Stores.Swift;

/// <summary>Names as they stand in urls and in <c>X-Object-Manifest</c>.</summary>
internal static class SwiftPath
{
    /// <summary>A container, or an object in it.</summary>
    public static string Of(string container, string? name = null) => name is null ? Uri.EscapeDataString(container) : $"{Uri.EscapeDataString(container)}/{Uri.EscapeDataString(name)}";
}
