namespace KollaNet.Engine.Containers;

/// <summary>The container engine refused or failed; carries its own message.</summary>
public class EngineException(string what, string why, string? next = null, Exception? inner = null) : KollaNetException(what, why, next, inner);

/// <summary>Nothing answers at the engine's socket, or it speaks no API version we know.</summary>
public sealed class EngineUnreachableException(string what, string why, string? next = null, Exception? inner = null) : EngineException(what, why, next, inner)
{
    /// <summary>Something does answer, but it is too old or too new for us.</summary>
    public bool SpeaksOtherVersion { get; init; }
}

/// <summary>An image is not on the host.</summary>
public sealed class ImageMissingException(string reference)
    : EngineException($"Image {reference} is not on this host.", "the engine knows no image of that name", "kollanet build, or kollanet pull when a registry has it")
{
    /// <summary>The image asked for.</summary>
    public string Reference { get; } = reference;
}

/// <summary>An image build failed.</summary>
public sealed class ImageBuildException(string reference, string why) : EngineException($"Image {reference} could not be built.", why, "fix the cause and run the same command again; finished layers are kept");
