namespace KollaNet.TestHost;

/// <summary>The checkout these tests were built from.</summary>
public static class Repository
{
    /// <summary>Its folder: the one with <c>KollaNet.sln</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>The service folders.</summary>
    public static string Templates => Path.Combine(Root, "templates");

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "KollaNet.sln"))) return at.FullName;
        throw new InvalidOperationException($"There is no KollaNet.sln above {AppContext.BaseDirectory}.");
    }
}
