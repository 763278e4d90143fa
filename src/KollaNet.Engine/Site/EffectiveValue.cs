using System.Collections.Immutable;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>What a key comes to on one host, and why.</summary>
/// <param name="Value">Evaluated, one of the kinds <see cref="Rendering.IVariables"/> names; secrets in it are <c>***</c> unless asked for. Null also when <paramref name="Problem"/> is set.</param>
/// <param name="Origin">Where the winning definition stands.</param>
/// <param name="Layer">The kind of place that is.</param>
/// <param name="IsSecret">It is a password or key, or is made from one.</param>
/// <param name="Overridden">Where the definitions stand that lost, strongest first.</param>
/// <param name="Problem">Why it could not be evaluated; null when it could.</param>
public sealed record EffectiveValue(string Key, object? Value, Place Origin, VariableLayer Layer, bool IsSecret, ImmutableArray<Place> Overridden, string? Problem);
