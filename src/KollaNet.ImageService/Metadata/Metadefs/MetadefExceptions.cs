namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>There is no such namespace, or nothing of that name in it.</summary>
public sealed class MetadefMissingException(string what) : Exception($"{what} was not found.");

/// <summary>The name is taken.</summary>
public sealed class MetadefExistsException(string what) : Exception($"{what} already exists.");

/// <summary>The namespace is protected: neither it nor anything in it may be deleted.</summary>
public sealed class MetadefProtectedException(string what) : Exception($"{what} is protected and cannot be deleted.");

/// <summary>The marker names a namespace that is not visible to the caller.</summary>
public sealed class MetadefMarkerForbiddenException(string name)
    : Exception($"Forbidding request, metadata definition namespace={name} is not visible.");
