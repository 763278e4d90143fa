using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Images;

/// <summary>Builds one image, unless the one that is there was built from the same files on the same parent.</summary>
/// <param name="Reference">The image it makes.</param>
/// <param name="Site">Value of the label that says whose image it is.</param>
/// <param name="Parent">The image its Dockerfile starts from.</param>
/// <param name="Context">The rendered build context, <c>Dockerfile</c> included.</param>
/// <param name="Programs">Folder in the context to the step that publishes what goes there.</param>
public sealed record BuildImageStep(
    string HostName, string Reference, string Site, string Service, string Parent, ImmutableArray<ContextFile> Context,
    ImmutableArray<(string Path, PublishProgramStep Program)> Programs, ImmutableArray<StepId> After)
    : Step(new StepId(HostName, "image", Reference), Service, $"built on {Parent}", After)
{
    /// <summary>On every image built by us: what it was built from.</summary>
    public const string FingerprintLabel = "kollanet_build";

    /// <inheritdoc/>
    public override bool IsChange => false;

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        IContainerEngine engine = on.Host(HostName).Containers;
        ObservedImage parent = await engine.FindImageAsync(Parent, cancel) ?? throw new ImageMissingException(Parent);
        string fingerprint = Fingerprint(parent.Id);
        ObservedImage? found = await engine.FindImageAsync(Reference, cancel);
        if (found?.Labels.GetValueOrDefault(FingerprintLabel) == fingerprint) return StepResult.Unchanged();

        await using Stream context = BuildContext.Open(Context, [.. Programs.Select(program => (program.Path, program.Program.OutputFolder))]);
        string id = await engine.BuildImageAsync(new BuildRequest(Reference, LabelsOf(Site, fingerprint)), context, new StepLines(on, Id), cancel);
        return StepResult.Did(found is null ? $"built {Short(id)}" : $"rebuilt: was {Short(found.Id)}, now {Short(id)}");
    }

    /// <summary>Labels of an image that we built.</summary>
    internal static ImmutableSortedDictionary<string, string> LabelsOf(string site, string fingerprint) =>
        ImmutableSortedDictionary<string, string>.Empty.Add(OurLabels.Image, site).Add(FingerprintLabel, fingerprint);

    private string Fingerprint(string parentId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(parentId + "\n"));
        foreach (ContextFile file in Context) file.AddTo(hash);
        foreach ((string path, PublishProgramStep program) in Programs) hash.AppendData(Encoding.UTF8.GetBytes($"{path}\n{program.Fingerprint}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    private static string Short(string id) => id.Replace("sha256:", "", StringComparison.Ordinal)[..12];
}
