using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Api;

/// <summary>The ways to import an image that are configured and that this service has.</summary>
public static class ImportMethods
{
    private static readonly string[] Served = ["glance-direct", "web-download", "glance-download", "copy-image"];

    private static readonly string[] Staged = ["glance-direct", "web-download", "glance-download"];

    /// <summary>In configured order.</summary>
    public static IReadOnlyList<string> Enabled(GlanceOptions options) => [.. options.EnabledImportMethods.Where(method => Served.Contains(method))];

    /// <summary>Whether any enabled method puts data aside before it becomes an image.</summary>
    public static bool NeedStaging(GlanceOptions options) => Enabled(options).Any(method => Staged.Contains(method));
}
