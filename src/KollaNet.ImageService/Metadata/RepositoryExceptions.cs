namespace KollaNet.ImageService.Metadata;

/// <summary>A change was asked of an image that does not exist or is deleted.</summary>
public sealed class ImageMissingException(string id) : Exception($"No image found with ID {id}");

/// <summary>Two properties of one image have names that the database calls equal: they differ in case, accents or trailing spaces only.</summary>
public sealed class PropertyNamesCollideException(string id) : Exception($"Two properties of image {id} have names that the database cannot tell apart");
