using System.Collections.Immutable;

namespace KollaNet.ImageService.Configuration;

/// <summary>The configuration cannot be used. Lists every problem found, each with file, line and option.</summary>
public sealed class ConfigurationInvalidException(IEnumerable<string> problems) : Exception
{
    /// <summary>One sentence each.</summary>
    public ImmutableArray<string> Problems { get; } = [.. problems];

    /// <inheritdoc/>
    public override string Message => string.Join('\n', Problems);
}
