namespace KollaNet.ImageService.Hosting.Logging;

/// <summary>One thing worth telling.</summary>
/// <param name="Name">Who tells it, without its namespace.</param>
/// <param name="Message">One line; secrets are masked.</param>
/// <param name="Fields">The parts that the message is made of.</param>
/// <param name="Failure">What went wrong, with its stack trace; null when nothing did. Secrets are masked.</param>
/// <param name="Request">The request it is about; null outside requests.</param>
internal sealed record LogEntry(
    DateTime At, LogLevel Level, string Name, string Message, IReadOnlyList<KeyValuePair<string, object?>> Fields, string? Failure, RequestScope? Request)
{
    /// <summary>The level by oslo.log's name.</summary>
    public string LevelName => Level switch
    {
        LogLevel.Critical => "CRITICAL",
        LogLevel.Error => "ERROR",
        LogLevel.Warning => "WARNING",
        LogLevel.Information => "INFO",
        _ => "DEBUG",
    };
}
