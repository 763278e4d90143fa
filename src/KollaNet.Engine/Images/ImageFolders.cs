using System.Collections.Immutable;

namespace KollaNet.Engine.Images;

/// <summary>Finds every image folder, <c>templates/SERVICE/images/NAME/</c>.</summary>
public static class ImageFolders
{
    /// <summary>Sorted by service and name.</summary>
    public static ImmutableArray<ImageDefinition> Read(string templatesFolder) =>
    [
        .. from service in Directory.EnumerateDirectories(templatesFolder).Order(StringComparer.Ordinal)
           let images = Path.Combine(service, "images")
           where Directory.Exists(images)
           from folder in Directory.EnumerateDirectories(images).Order(StringComparer.Ordinal)
           select new ImageDefinition(Path.GetFileName(folder), Path.GetFileName(service), Path.GetFullPath(folder), ProgramsOf(folder)),
    ];

    private static ImmutableSortedDictionary<string, string> ProgramsOf(string folder) =>
        Directory.EnumerateFiles(folder, "*" + ImageDefinition.ProgramEnding)
            .ToImmutableSortedDictionary(file => Path.GetFileNameWithoutExtension(file), file => File.ReadAllText(file).Trim());
}
