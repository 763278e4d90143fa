using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Docker;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Images;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;
using KollaNet.Engine.Site.Passwords;

namespace KollaNet.TestHost;

/// <summary>
/// The product's images, built by the product under a namespace of the tests' own and shared by all test processes.
/// The images stay as a cache until the end to end tests, the last and longest to use them, are over; with KOLLANET_TEST_KEEP_IMAGES set they stay for the next run.
/// </summary>
public static class TestImages
{
    /// <summary>The namespace: no deployment uses it.</summary>
    public const string Namespace = "kollanet-test";

    /// <summary>Where programs that go into images are published, instead of a deployment's own folder.</summary>
    public const string CacheFolder = "/var/cache/kollanet-test";

    /// <summary>The lines of <c>globals.yml</c> that make a site use these images.</summary>
    public const string Globals = $"""
        network_interface: "lo"
        docker_namespace: "{Namespace}"
        base_image: ""

        """;

    private const string Building = "images";
    private const string Using = "images-user-";

    // Held until this process ends, so that nobody removes an image that it may still start.
    private static readonly Lazy<MachineLock?> User = new(() => MachineLock.TryTake($"{Using}{Environment.ProcessId}"));

    /// <summary>Builds the images that are missing or out of date, and what they start from.</summary>
    /// <returns>The full references, in the order asked for.</returns>
    /// <exception cref="InvalidOperationException">An image could not be built; the message says why.</exception>
    public static async Task<ImmutableArray<string>> EnsureAsync(CancellationToken cancel, params string[] names)
    {
        ImmutableArray<string> references = [];
        await BuildAsync(async () => references = await EnsureBuiltAsync(names, cancel), cancel);
        return references;
    }

    /// <summary>Runs a build of images in the tests' namespace, with an engine, while nobody else builds or removes any. This process counts as a user until it ends.</summary>
    public static async Task BuildAsync(Func<Task> build, CancellationToken cancel)
    {
        _ = User.Value;
        using MachineLock alone = await MachineLock.TakeAsync(Building, cancel);
        await TestMachine.EnsureEngineAsync(cancel);
        await build();
    }

    private static async Task<ImmutableArray<string>> EnsureBuiltAsync(string[] names, CancellationToken cancel)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-test-images-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "globals.yml"), Globals, cancel);
            PasswordFile.Generate(Path.Combine(folder.FullName, "passwords.yml"), PasswordNeed.ReadAll(Repository.Templates, out _));
            var request = new ImageBuildRequest
            {
                Site = new SiteRequest { ConfigFolder = folder.FullName, TemplatesFolder = Repository.Templates, Inventories = [Path.Combine(Repository.Root, "inventories", "all-in-one")] },
                Names = [.. names],
                CacheFolder = CacheFolder,
            };
            DeployReport report = await new ImageBuild(new HostConnector(new ProcessRunner()).Open, TimeProvider.System).BuildAsync(request, cancel);
            if (!report.Succeeded)
                throw new InvalidOperationException(string.Join('\n', report.Failures.Select(failure => $"{failure.Step.Id}: {failure.Failure?.What ?? failure.Detail}: {failure.Failure?.Why}")));
            return [.. names.Select(name => report.Plan.Steps.OfType<BuildImageStep>().Single(step => step.Reference.StartsWith($"{Namespace}/{name}:", StringComparison.Ordinal)).Reference)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Removes every image of the tests and their cache, unless another process still uses them.</summary>
    public static async Task RemoveAsync(CancellationToken cancel)
    {
        if (Environment.GetEnvironmentVariable("KOLLANET_TEST_KEEP_IMAGES") is { Length: > 0 }) return;
        using MachineLock alone = await MachineLock.TakeAsync(Building, cancel);
        User.Value?.Dispose();
        if (MachineLock.IsAnyTaken(Using)) return;
        using DockerEngine engine = DockerEngine.AtSocket(DockerEngine.DefaultSocket);
        ImmutableArray<ObservedImage> images = await engine.ListImagesAsync($"{OurLabels.Image}={Namespace}/", cancel);
        // Newest first: an image goes before the one it started from.
        foreach (ObservedImage image in images.OrderByDescending(image => image.CreatedAt))
            foreach (string reference in image.References.DefaultIfEmpty(image.Id)) await engine.RemoveImageAsync(reference, cancel);
        using MachineLock machine = await TestMachine.AloneAsync(cancel);
        if (Directory.Exists(CacheFolder)) Directory.Delete(CacheFolder, recursive: true);
    }
}
