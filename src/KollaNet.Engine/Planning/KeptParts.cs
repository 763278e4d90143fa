using System.Collections.Immutable;
using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Planning;

/// <summary>What a service keeps of its present configuration although the site no longer asks for it (<c>keeps</c> in <c>service.yml</c>).</summary>
/// <param name="Names">As the service's own command names them; empty for nothing.</param>
/// <param name="Deployed">Host to the container's configuration files there: name below its folder → content.</param>
public sealed record KeptParts(ImmutableArray<string> Names, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableArray<byte>>> Deployed)
{
    /// <summary>Variables that are always defined.</summary>
    public const string NamesVariable = "kept", DeployedVariable = "deployed";

    /// <summary>Nothing.</summary>
    public static KeptParts None { get; } = new([], ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableArray<byte>>>.Empty);

    /// <summary>The files on a host; those of another one where it has none yet.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<byte>> On(string host) =>
        Deployed.GetValueOrDefault(host) ?? Deployed.Values.FirstOrDefault() ?? ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty;

    /// <summary>The site's variables, with <c>kept</c> (names) and <c>deployed</c> (the container's files as they are on its host: of an INI file section → key → value, a list where the key is given several times; of others and of those of a <c>loop</c> the text).</summary>
    public IVariables Over(IVariables site, IReadOnlyDictionary<string, object?> deployed) =>
        new AddedVariables(site, new Dictionary<string, object?> { [NamesVariable] = Names.Select(object? (one) => one).ToList(), [DeployedVariable] = deployed });
}
