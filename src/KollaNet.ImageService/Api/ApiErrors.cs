using System.Collections.Frozen;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Resumable;
using KollaNet.ImageService.Images.Signatures;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.Metadefs;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary>Which HTTP status each failure below becomes. The one place that decides it.</summary>
public static class ApiErrors
{
    private static readonly FrozenDictionary<Type, int> Statuses = new Dictionary<Type, int>
    {
        [typeof(MarkerNotFoundException)] = 400,
        [typeof(TaskMarkerNotFoundException)] = 400,
        [typeof(ImageFormatsMissingException)] = 400,
        [typeof(ImageSizeMismatchException)] = 400,
        [typeof(DeclaredDigestMismatchException)] = 400,
        [typeof(ImportUriRefusedException)] = 400,
        [typeof(UnknownStoreException)] = 400,
        [typeof(StoreRetiringException)] = 409,
        [typeof(SignatureRefusedException)] = 400,
        [typeof(ScopeRefusedException)] = 403,
        [typeof(MarkerForbiddenException)] = 403,
        [typeof(MetadefProtectedException)] = 403,
        [typeof(MetadefMarkerForbiddenException)] = 403,
        [typeof(ImageMissingException)] = 404,
        [typeof(MetadefMissingException)] = 404,
        [typeof(UploadSilentException)] = 408,
        [typeof(ImageExistsException)] = 409,
        [typeof(MetadefExistsException)] = 409,
        [typeof(MemberExistsException)] = 409,
        [typeof(PropertyNamesCollideException)] = 409,
        [typeof(ImageStatusTransitionException)] = 409,
        [typeof(ImageStatusConflictException)] = 409,
        [typeof(ImageHasTaskException)] = 409,
        [typeof(ImageDataExistsException)] = 409,
        [typeof(ImageDataInUseException)] = 409,
        [typeof(UploadBusyException)] = 409,
        [typeof(ImageGoneException)] = 410,
        [typeof(StoreAddDisabledException)] = 410,
        [typeof(ImageSizeCapExceededException)] = 413,
        [typeof(StorageQuotaExceededException)] = 413,
        [typeof(ProjectLimitExceededException)] = 413,
        [typeof(StoreFullException)] = 413,
        [typeof(ImageContentRefusedException)] = 415,
        [typeof(StoreForbidsWritingException)] = 503,
        [typeof(StoreUnreachableException)] = 503,
        [typeof(StoreFailedException)] = 503,
    }.ToFrozenDictionary();

    /// <summary>The answer to a failure; null when nobody expected it, which is a 500 with the details in the log only.</summary>
    public static ApiException? For(Exception failure) => failure switch
    {
        ApiException known => known,
        NotAuthenticatedException refused => new ApiException(401) { Headers = [new("WWW-Authenticate", refused.Challenge)] },
        IdentityServiceException => new ApiException(503, "The identity service is not available for the moment, so nobody can be authenticated. Try again later.") { Headers = [new("Retry-After", "5")] },
        BadHttpRequestException bad => new ApiException(bad.StatusCode, bad.Message),
        ImageContentRefusedException content => new ApiException(415, detail: content.Message),
        StoreException store when Statuses.TryGetValue(store.GetType(), out int status) => new ApiException(status, store.ForCallers),
        _ when Statuses.TryGetValue(failure.GetType(), out int status) => new ApiException(status, failure.Message),
        _ => null,
    };
}
