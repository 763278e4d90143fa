using Microsoft.AspNetCore.Connections;

namespace KollaNet.ImageService.Hosting;

/// <summary>The service cannot listen where it should.</summary>
public sealed class BindFailedException(string places, Exception inner) : Exception($"The image service cannot listen on {places}.", inner)
{
    /// <summary>What the system said, and what to do about it.</summary>
    public (string Why, string Next) Explanation => InnerException is IOException { InnerException: AddressInUseException }
        ? ("Another process listens there already.", "stop it (ss -ltnp names it), or change bind_host or bind_port in [DEFAULT] or [metrics], then start the service again.")
        : (InnerException!.Message, "give bind_host an address of this host, and bind_port a port that this user may take, then start the service again.");
}
