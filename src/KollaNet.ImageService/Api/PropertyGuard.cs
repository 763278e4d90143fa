using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Api;

/// <summary>Holds requests to the property protections. Source: image-api reference 9.3.</summary>
public sealed class PropertyGuard(PropertyProtections protections)
{
    /// <summary>Whether anything is protected, so that a name must mean the property of exactly this name and no other.</summary>
    public bool TellsNamesApart => protections.Any;

    /// <summary>Whether the caller may do this to properties of this name.</summary>
    public bool Allows(PropertyOperation operation, string name, Caller caller) => protections.Allows(operation, name, caller);

    /// <exception cref="ApiException">403.</exception>
    public void Require(PropertyOperation operation, string name, Caller caller)
    {
        if (!protections.Allows(operation, name, caller)) throw ApiException.Forbidden($"Property '{name}' is protected");
    }
}
