using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary>Finds the namespace of a request and decides whether the caller may: what is invisible is 404, what is visible but not allowed is 403.
/// Source: image-api reference 2.14, 4.2.</summary>
public sealed class MetadefAccess(IMetadefRepository metadefs, Policies policies)
{
    /// <summary>The request's namespace, if its route's policy allows what is asked.</summary>
    /// <exception cref="ApiException">404, 403.</exception>
    public async Task<MetadefNamespace> GetAsync(ApiRequest request)
    {
        MetadefNamespace found = await FindAsync(request);
        Require(request.Route.Policy!, found, request.Caller);
        return found;
    }

    /// <summary>The request's namespace, if the caller may see it.</summary>
    /// <exception cref="ApiException">404.</exception>
    public async Task<MetadefNamespace> FindAsync(ApiRequest request)
    {
        string name = request.Arguments[0];
        return await metadefs.FindAsync(name, request.Caller, request.Cancel) ?? throw NotFound(name);
    }

    /// <summary>The answer to a request about a namespace that is not there, for this caller.</summary>
    public static ApiException NotFound(string name) => new(404, $"Metadata definition namespace={name} was not found.");

    /// <exception cref="ApiException">403.</exception>
    /// <param name="about">Null for namespaces in general.</param>
    public void Require(string policy, MetadefNamespace? about, Caller caller)
    {
        if (!Allows(policy, about, caller)) throw ApiException.Forbidden($"You are not authorized to complete {policy} action.");
    }

    /// <summary>Whether the policy lets the caller do it.</summary>
    /// <param name="about">Null for namespaces in general.</param>
    public bool Allows(string policy, MetadefNamespace? about, Caller caller) => policies.Allows(policy, caller, about is null
        ? PolicyTarget.Of(caller)
        : new PolicyTarget { ProjectId = about.Owner, Owner = about.Owner, Visibility = about.IsPublic ? "public" : "private" });
}
