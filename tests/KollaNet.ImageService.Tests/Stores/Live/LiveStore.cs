using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>A place of a test's own on a real backend: as a section of <c>glance-api.conf</c> has it, and as it looks from behind the service.</summary>
internal abstract class LiveStore
{
    /// <summary>Its type; also its id.</summary>
    public abstract string Type { get; }

    /// <summary>Lines of its section, the same for us and for Glance.</summary>
    public abstract string Options { get; }

    /// <summary>A folder with the files that the options name.</summary>
    public abstract string Folder { get; }

    /// <summary>Names of everything that lies there, finished or not.</summary>
    public abstract Task<IReadOnlyList<string>> ListAsync(CancellationToken cancel);

    /// <summary>How an image lies there, whoever wrote it: one line for each fact, with ID in place of the image's id.</summary>
    public abstract Task<string> DescribeAsync(string id, CancellationToken cancel);

    /// <summary>The same store, less patient than an operator would want it.</summary>
    public abstract StoreOptions Hasten(StoreOptions options);

    /// <summary>All stores of a service, this one less patient.</summary>
    public GlanceOptions Hasten(GlanceOptions options) => options with { Stores = [.. options.Stores.Select(store => store.Id == Type ? Hasten(store) : store)] };
}
