using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Images;

/// <summary>The site's variables with those that only image builds have in front.</summary>
internal sealed class ImageVariables(IVariables site, IReadOnlyDictionary<string, object?> build) : IVariables
{
    public bool TryGet(string name, out object? value) => build.TryGetValue(name, out value) || site.TryGet(name, out value);
}
