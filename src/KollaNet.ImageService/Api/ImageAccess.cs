using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary>Finds the image of a request and decides whether the caller may: what is invisible is 404, what is visible but not allowed is 403.
/// Source: image-api reference 4.3.</summary>
public sealed class ImageAccess(IImageRepository images, Policies policies)
{
    /// <summary>The request's image, if its route's policy allows what is asked.</summary>
    /// <exception cref="ApiException">404, 403.</exception>
    public async Task<Image> GetAsync(ApiRequest request)
    {
        Image image = await FindAsync(request);
        if (request.Route.Policy is { } policy) Require(policy, image, request.Caller);
        return image;
    }

    /// <summary>The request's image, if the caller may see it, or may do what the route is for: a service may ask for locations, and has no other role.</summary>
    /// <exception cref="ApiException">404.</exception>
    public async Task<Image> FindAsync(ApiRequest request)
    {
        string id = request.ImageId;
        Image? image = id.Length > 36 ? null : await images.FindAsync(id, request.Caller, request.Cancel);
        if (image is null || !(Allows("get_image", image, request) || (request.Route.Policy is { } policy && Allows(policy, image, request)))) throw ApiException.ImageNotFound(id);
        return image;
    }

    private bool Allows(string policy, Image image, ApiRequest request) => policies.Allows(policy, request.Caller, PolicyTarget.Of(image));

    /// <exception cref="ApiException">403.</exception>
    public void Require(string policy, Image image, Caller caller) => Require(policy, PolicyTarget.Of(image), caller);

    /// <exception cref="ApiException">403.</exception>
    public void Require(string policy, PolicyTarget target, Caller caller)
    {
        if (!policies.Allows(policy, caller, target)) throw ApiException.Forbidden($"You are not authorized to complete {policy} action.");
    }
}
