using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Reads a configuration file as text, turning what the file system says into problems.</summary>
internal static class ConfigText
{
    /// <summary>The file's text; null when it is missing, or cannot be read (reported).</summary>
    public static string? Find(string path, string source, SiteProblems problems)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new Place(source), $"cannot be read: {(Directory.Exists(path) ? "it is a folder" : e is UnauthorizedAccessException ? "permission denied" : e.Message)}");
            return null;
        }
    }
}
