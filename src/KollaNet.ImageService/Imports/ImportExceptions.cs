namespace KollaNet.ImageService.Imports;

/// <summary>A uri that this service does not fetch from.</summary>
public sealed class ImportUriRefusedException(string why) : Exception($"Given URI is not allowed: {why}");

/// <summary>An import that cannot go on. The message is for whoever asked for it.</summary>
public sealed class ImportFailedException(string why, Exception? inner = null) : Exception(why, inner);
