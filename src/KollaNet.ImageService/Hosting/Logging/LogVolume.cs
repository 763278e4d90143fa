namespace KollaNet.ImageService.Hosting.Logging;

/// <summary>How much is logged; option <c>debug</c>, which can change while the service runs.</summary>
public sealed class LogVolume(bool debug)
{
    private volatile bool debug = debug;

    /// <summary>Option <c>debug</c>.</summary>
    public bool Debug
    {
        get => debug;
        set => debug = value;
    }

    /// <summary>Whether an entry is written. Of the framework's own ones only what matters.</summary>
    /// <param name="category">The full name of who logs.</param>
    public bool Lets(string? category, LogLevel level)
    {
        // A host that cannot start throws what it logs here, and then it is told to the operator in our words.
        if (category == "Microsoft.Extensions.Hosting.Internal.Host") return level >= LogLevel.Critical;
        bool foreign = category?.StartsWith("Microsoft", StringComparison.Ordinal) ?? false;
        return level >= (foreign, debug) switch
        {
            (true, true) => LogLevel.Information,
            (true, false) => LogLevel.Warning,
            (false, true) => LogLevel.Debug,
            (false, false) => LogLevel.Information,
        };
    }
}
