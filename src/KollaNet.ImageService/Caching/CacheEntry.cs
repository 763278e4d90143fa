namespace KollaNet.ImageService.Caching;

/// <summary>An image in this node's cache.</summary>
/// <param name="LastAccessed">UTC; when it was last read, or filled.</param>
/// <param name="LastModified">UTC; when it was filled.</param>
/// <param name="Hits">How often it was read.</param>
/// <param name="Checksum">MD5 of the image it was filled from; null when nobody knows it.</param>
public sealed record CacheEntry(string ImageId, DateTime LastAccessed, DateTime LastModified, long SizeBytes, long Hits, string? Checksum);
