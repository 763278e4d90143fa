using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Images;

/// <summary>Publishes one of this repository's programs, self-contained, unless the same sources were published before.</summary>
/// <param name="Project">Project name, for example <c>KollaNet.ImageService</c>.</param>
/// <param name="Fingerprint">Of everything the program is made from.</param>
/// <param name="OutputFolder">Where the published program is, or will be.</param>
/// <param name="ProjectFile">Null when <paramref name="OutputFolder"/> came with the release and nothing has to be done.</param>
public sealed record PublishProgramStep(string HostName, string Project, string Fingerprint, string OutputFolder, string? ProjectFile)
    : Step(new StepId(HostName, "program", Project), "base", "an image holds it", [])
{
    /// <summary>Where releases carry their published programs, beside <c>templates/</c>.</summary>
    private const string ReleasedPrograms = "programs";

    /// <inheritdoc/>
    public override bool IsChange => false;

    /// <summary>Finds a program beside the service folders: published with a release, or as a project in <c>src/</c>.</summary>
    /// <exception cref="KollaNetException">It is neither.</exception>
    public static PublishProgramStep Of(string hostName, string project, string templatesFolder, string cacheFolder)
    {
        string root = Path.GetDirectoryName(Path.GetFullPath(templatesFolder).TrimEnd('/'))!;
        string released = Path.Combine(root, ReleasedPrograms, project);
        if (Directory.Exists(released)) return new PublishProgramStep(hostName, project, HashOf(BuildContext.ProgramFiles(released), root), released, null);

        string projectFile = Path.Combine(root, "src", project, project + ".csproj");
        if (!File.Exists(projectFile))
        {
            throw new KollaNetException($"Program {project} is not here.", $"there is neither {released} nor {projectFile}",
                "run kollanet from its own folder, or unpack the release again");
        }

        string fingerprint = HashOf(SourcesOf(projectFile).Concat(Directory.EnumerateFiles(root, "Directory.*.props")), root);
        return new PublishProgramStep(hostName, project, fingerprint, Path.Combine(cacheFolder, $"{project}-{fingerprint}"), projectFile);
    }

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        if (ProjectFile is null || Directory.Exists(OutputFolder)) return StepResult.Unchanged();
        on.Report(Id, $"dotnet publish {Project}");
        CommandResult result = await on.Host(HostName).RunScriptAsync(Script(ProjectFile), cancel);
        if (result.ExitCode != 0)
        {
            string errors = string.Join('\n', result.Output.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Distinct().Take(5));
            throw new KollaNetException($"Program {Project} could not be published.", errors.Length > 0 ? errors : result.Error, "kollanet build again once the cause is gone");
        }

        return StepResult.Did($"published {Fingerprint[..12]}");
    }

    /// <summary>Published aside and renamed, so that a folder that exists is complete. Older versions of the program are removed.</summary>
    private string Script(string projectFile) => $"""
        set -e
        out='{OutputFolder}'
        rm -rf "$out".new
        dotnet publish '{projectFile}' --nologo -v quiet -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -p:PublishTrimmed=true -p:DebugType=none \
          -p:ArtifactsPath="$out".build -o "$out".new
        rm -rf "$out".build
        find "$(dirname "$out")" -maxdepth 1 -name '{Project}-*' -not -name "$(basename "$out").new" -exec rm -rf {"{}"} +
        mv "$out".new "$out"
        """;

    private static IEnumerable<string> SourcesOf(string projectFile)
    {
        string folder = Path.GetDirectoryName(projectFile)!;
        IEnumerable<string> own = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !IsBuilt(Path.GetRelativePath(folder, file)));
        IEnumerable<string> referenced = XDocument.Load(projectFile).Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(folder, (string)reference.Attribute("Include")!))).SelectMany(SourcesOf);
        return own.Concat(referenced).Distinct();
    }

    private static bool IsBuilt(string relative) => relative.StartsWith("bin/", StringComparison.Ordinal) || relative.StartsWith("obj/", StringComparison.Ordinal);

    private static string HashOf(IEnumerable<string> files, string root)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(root, file) + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}
