namespace KollaNet.ImageService.Limits;

/// <summary>What a project may have at most. Resource names and units are Glance's. Source: image-api reference 6.</summary>
/// <param name="SizeTotalMiB"><c>image_size_total</c>.</param>
/// <param name="StageTotalMiB"><c>image_stage_total</c>.</param>
/// <param name="CountTotal"><c>image_count_total</c>.</param>
/// <param name="CountUploading"><c>image_count_uploading</c>.</param>
public sealed record ProjectLimits(long SizeTotalMiB, long StageTotalMiB, long CountTotal, long CountUploading)
{
    /// <summary>Names of the four resources in Keystone.</summary>
    public const string SizeTotal = "image_size_total", StageTotal = "image_stage_total", Count = "image_count_total", Uploading = "image_count_uploading";
}

/// <summary>Knows what projects may have.</summary>
public interface IProjectLimits
{
    /// <exception cref="Identity.IdentityServiceException">It cannot be found out.</exception>
    Task<ProjectLimits> OfAsync(string project, CancellationToken cancel);
}

/// <summary>A project has, or would have, more of something than its limit.</summary>
/// <param name="resource">The resource's name in Keystone.</param>
public sealed class ProjectLimitExceededException(string resource, long limit, long wanted)
    : Exception($"Resource {resource} is over limit of {limit}: {wanted} would be in use. Delete images, or have the limit raised.");
