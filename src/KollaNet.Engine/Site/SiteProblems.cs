using System.Collections.Immutable;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>What is found wrong while a site is read.</summary>
internal sealed class SiteProblems
{
    /// <summary>Each makes the configuration unusable.</summary>
    public List<SiteProblem> Errors { get; } = [];

    /// <summary>Each deserves a look; nothing stops for them.</summary>
    public List<SiteProblem> Warnings { get; } = [];

    /// <summary>Adds an error.</summary>
    public void Add(Place place, string problem) => Errors.Add(new SiteProblem(place.ToString(), problem));

    /// <summary>Adds a warning.</summary>
    public void Warn(Place place, string problem) => Warnings.Add(new SiteProblem(place.ToString(), problem));

    /// <summary>Every problem once, in the order they were found.</summary>
    public static ImmutableArray<SiteProblem> Once(IEnumerable<SiteProblem> problems) => [.. problems.Distinct()];
}
