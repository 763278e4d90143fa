namespace KollaNet.ImageService.Hosting;

/// <summary>The command line cannot be understood; nothing was done. The message is for whoever wrote it. Exit code 2.</summary>
public sealed class UsageException(string message) : FormatException(message);
