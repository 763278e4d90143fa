using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Api;

/// <summary>The ways to import an image that are configured and that this service has.</summary>
public static class ImportMethods
{
    /// <summary>Importing is not served yet, and what is not served is not promised.</summary>
    private static readonly string[] Served = [];

    /// <summary>In configured order.</summary>
    public static IReadOnlyList<string> Enabled(GlanceOptions options) => [.. options.EnabledImportMethods.Where(method => Served.Contains(method))];
}
