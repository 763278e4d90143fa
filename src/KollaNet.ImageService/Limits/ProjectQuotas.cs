using System.Collections.Concurrent;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Limits;

/// <summary>Keeps projects to their limits. Glance checks before an operation, so that one image, or as many as are sent at once, may go over; here
/// what is on its way counts as well. Source: image-api reference 6 and 11.</summary>
/// <param name="limits">Null when <c>use_keystone_limits</c> is off: everything is allowed.</param>
public sealed class ProjectQuotas(IProjectLimits? limits, UsageRepository usage)
{
    internal const long MiB = 1 << 20;
    private readonly ConcurrentDictionary<string, int> uploadsByProject = new();

    /// <summary>One more image.</summary>
    /// <exception cref="ProjectLimitExceededException">One too many.</exception>
    public async Task RequireImageAsync(Caller caller, CancellationToken cancel)
    {
        if (limits is null || caller.ProjectId is not { } project) return;
        ProjectLimits limit = await limits.OfAsync(project, cancel);
        Check(ProjectLimits.Count, limit.CountTotal, (await usage.OfProjectAsync(project, cancel)).Count + 1);
    }

    /// <summary>One more upload, or data put aside. Dispose what is returned when it is over.</summary>
    /// <param name="isStaged">The data goes to the staging store.</param>
    /// <param name="sizeBytes">As promised; null when nobody promised anything.</param>
    /// <exception cref="ProjectLimitExceededException">One too many, or too large.</exception>
    public async Task<IDisposable> AdmitUploadAsync(Caller caller, bool isStaged, long? sizeBytes, CancellationToken cancel)
    {
        if (limits is null || caller.ProjectId is not { } project) return Admission.Free;
        ProjectLimits limit = await limits.OfAsync(project, cancel);
        var admission = new Admission(this, project);
        try
        {
            ProjectUsage used = await usage.OfProjectAsync(project, cancel);
            Check(ProjectLimits.Uploading, limit.CountUploading, Math.Max(used.Uploading + 1, admission.Together));
            Check(ProjectLimits.SizeTotal, limit.SizeTotalMiB, InMiB(used.SizeBytes + (sizeBytes ?? 0)));
            if (isStaged) Check(ProjectLimits.StageTotal, limit.StageTotalMiB, InMiB(used.StagingBytes + (sizeBytes ?? 0)));
            return admission;
        }
        catch
        {
            admission.Dispose();
            throw;
        }
    }

    /// <summary>An import begins. Source: image-api reference 2.11, check 2.</summary>
    /// <param name="stagedBytes">What lies in the staging store already, counted there and as an upload; null for the other methods.</param>
    /// <param name="copiedBytes">Size of an image that is to be copied; null for the other methods.</param>
    /// <exception cref="ProjectLimitExceededException">Too much.</exception>
    public async Task RequireImportAsync(Caller caller, long? stagedBytes, long? copiedBytes, CancellationToken cancel)
    {
        if (limits is null || caller.ProjectId is not { } project) return;
        ProjectLimits limit = await limits.OfAsync(project, cancel);
        ProjectUsage used = await usage.OfProjectAsync(project, cancel);
        Check(ProjectLimits.SizeTotal, limit.SizeTotalMiB, InMiB(used.SizeBytes + (stagedBytes ?? copiedBytes ?? 0)));
        Check(ProjectLimits.StageTotal, limit.StageTotalMiB, InMiB(used.StagingBytes + (copiedBytes ?? 0)));
        Check(ProjectLimits.Uploading, limit.CountUploading, used.Uploading + (stagedBytes is null ? 1 : 0));
    }

    /// <summary>Bytes a project may store; null for no limit.</summary>
    public async Task<long?> FindSizeTotalBytesAsync(string? project, CancellationToken cancel) =>
        limits is not null && project is not null && await limits.OfAsync(project, cancel) is { SizeTotalMiB: >= 0 and var size } ? checked(size * MiB) : null;

    /// <summary>Limits and use for <c>/v2/info/usage</c>; null when there are no limits.</summary>
    public async Task<(ProjectLimits Limits, ProjectUsage Usage)?> FindAsync(Caller caller, CancellationToken cancel) =>
        limits is null || caller.ProjectId is not { } project ? null : (await limits.OfAsync(project, cancel), await usage.OfProjectAsync(project, cancel));

    /// <summary>A MiB that has begun counts.</summary>
    private static long InMiB(long bytes) => (bytes / MiB) + (bytes % MiB == 0 ? 0 : 1);

    private static void Check(string resource, long limit, long wanted)
    {
        if (limit >= 0 && wanted > limit) throw new ProjectLimitExceededException(resource, limit, wanted);
    }

    /// <summary>An upload on its way through this process: counted before the database knows of it.</summary>
    private sealed class Admission : IDisposable
    {
        public static readonly Admission Free = new();
        private ProjectQuotas? quotas;
        private readonly string project = "";

        public Admission(ProjectQuotas quotas, string project)
        {
            (this.quotas, this.project) = (quotas, project);
            Together = quotas.uploadsByProject.AddOrUpdate(project, 1, (_, running) => running + 1);
        }

        private Admission()
        {
        }

        public int Together { get; }

        public void Dispose() => Interlocked.Exchange(ref quotas, null)?.uploadsByProject.AddOrUpdate(project, 0, (_, running) => running - 1);
    }
}
