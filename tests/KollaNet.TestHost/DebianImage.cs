using System.Text;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Hosts.Local;
using KollaNet.Engine.Images;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Steps;

namespace KollaNet.TestHost;

/// <summary>Images that only tests need: packages of the distribution on the product's base image. They go when <see cref="TestImages.RemoveAsync"/> removes the others.</summary>
internal static class DebianImage
{
    /// <summary>Builds the image, unless the one that is there was built from the same text on the same base.</summary>
    /// <param name="name">The last part of its reference.</param>
    /// <param name="packages">Installed without what they only recommend.</param>
    /// <returns>Its reference.</returns>
    public static async Task<string> EnsureAsync(string name, string[] packages, CancellationToken cancel)
    {
        string parent = (await TestImages.EnsureAsync(cancel, "base"))[0], reference = $"{TestImages.Namespace}/{name}:{parent.Split(':')[1]}";
        string dockerfile = $"""
            FROM {parent}
            RUN apt-get update -qq \
             && apt-get install -y -qq --no-install-recommends {string.Join(' ', packages)} > /dev/null \
             && apt-get clean && rm -rf /var/lib/apt/lists/*
            ENTRYPOINT []

            """;
        await TestImages.BuildAsync(async () =>
        {
            await using LocalHost host = new("localhost", new ProcessRunner());
            var step = new BuildImageStep(host.Name, reference, $"{TestImages.Namespace}/", "tests", parent, [new ContextFile("Dockerfile", Encoding.UTF8.GetBytes(dockerfile))], [], []);
            using var on = new StepContext(
                new Dictionary<string, IHost> { [host.Name] = host }, new HttpClient(), (_, _, _, _, _) => throw new NotSupportedException(), Redactor.None, TimeProvider.System, (_, _) => { });
            await step.RunAsync(on, cancel);
        }, cancel);
        return reference;
    }
}
