using System.Collections.Immutable;
using System.Globalization;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports;

/// <summary>What an import was asked to do, checked.</summary>
/// <param name="Method"><c>glance-direct</c>, <c>web-download</c>, <c>glance-download</c> or <c>copy-image</c>.</param>
/// <param name="Source">Where web-download fetches from; null for the others.</param>
/// <param name="StoreIds">In the order to write them.</param>
/// <param name="MustSucceed">One store that fails makes all of it fail.</param>
/// <param name="Declared">Checksums that the data has to have as it comes, before plugins; null for any.</param>
public sealed record ImportOrder(string ImageId, string Method, Uri? Source, ImmutableArray<string> StoreIds, bool MustSucceed, DeclaredDigests? Declared = null)
{
    /// <summary>What glance-download fetches; null for the other methods.</summary>
    public RemoteImage? Remote { get; init; }

    /// <summary>Whether an active image gets more copies, instead of a queued one its data.</summary>
    public bool IsCopy => Method == "copy-image";
}

/// <summary>An accepted import, with how far it is.</summary>
public sealed class ImportJob(ImageTask task, ImportOrder order, Caller caller, ImportWork work) : TaskJob(task, order.ImageId)
{
    private const long MiB = 1 << 20;
    private readonly Lock gate = new();
    private (long Bytes, int Percent)? copied;
    private (long Bytes, long? OfBytes)? fetched;

    /// <summary>What to do.</summary>
    public ImportOrder Order { get; } = order;

    /// <summary>Who asked for it.</summary>
    public Caller Caller { get; } = caller;

    /// <summary>How far it is, in Glance's words with the percentage behind.</summary>
    public override string Progress
    {
        get
        {
            lock (gate) return copied is { } done ? Text($"Copied {done.Bytes / MiB} MiB ({done.Percent}%)") : fetched is { } got ? Downloaded(got.Bytes, got.OfBytes) : "";
        }
    }

    /// <inheritdoc/>
    public override Task RunAsync(CancellationToken cancel) => work.RunAsync(this, cancel);

    /// <summary>So many bytes have come from the source.</summary>
    /// <param name="sizeBytes">All that will come; null when the source does not say.</param>
    public void Fetched(long bytes, long? sizeBytes)
    {
        lock (gate) fetched = (bytes, sizeBytes);
    }

    /// <summary>So many bytes have gone into one store.</summary>
    /// <param name="storesDone">Stores written before this one.</param>
    public void Copied(long bytes, long sizeBytes, int storesDone)
    {
        double share = sizeBytes == 0 ? 1 : (double)bytes / sizeBytes;
        lock (gate) copied = (bytes, (int)(100 * Math.Min(1, (storesDone + share) / Order.StoreIds.Length)));
    }

    private static string Downloaded(long bytes, long? ofBytes) =>
        ofBytes is > 0 and { } all ? Text($"Downloaded {bytes / MiB} MiB ({Math.Min(100, 100 * bytes / all)}%)") : Text($"Downloaded {bytes / MiB} MiB");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
