using System.Runtime.CompilerServices;
using System.Text;
using KollaNet.Engine.Containers.Memory;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Planning;

/// <summary>What the real services come to: every folder of <c>Golden/</c> is a scenario, with the operator's files in <c>etc/</c> and the expected plan and files in <c>expected/</c>.
/// With KOLLANET_GOLDEN=write in the environment the expectations are written anew; look at the difference before committing it.</summary>
public sealed class GoldenTests
{
    private static readonly string Root = Path.Combine(Here(), "Golden");

    public static TheoryData<string> Scenarios => [.. Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_scenario_gives_the_expected_plan_and_files(string scenario)
    {
        SortedDictionary<string, string> actual = await RenderAsync(Path.Combine(Root, scenario, "etc"));

        string expected = Path.Combine(Root, scenario, "expected");
        if (Environment.GetEnvironmentVariable("KOLLANET_GOLDEN") == "write") Write(expected, actual);
        foreach ((string name, string text) in actual)
        {
            File.Exists(Path.Combine(expected, name)).Should().BeTrue($"{scenario} gives {name}");
            text.Should().Be(await File.ReadAllTextAsync(Path.Combine(expected, name), TestContext.Current.CancellationToken), name);
        }
        Directory.GetFiles(expected, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(expected, path)).Should().BeEquivalentTo(actual.Keys);
    }

    private static async Task<SortedDictionary<string, string>> RenderAsync(string etc)
    {
        using var folder = new SiteFolder().AllPasswords();
        foreach (string file in Directory.GetFiles(etc, "*", SearchOption.AllDirectories)) folder.Write($"etc/{Path.GetRelativePath(etc, file)}", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        HostFacts facts = SiteFolder.FactsOf("node1", "10.0.0.1");
        DesiredState desired = DesiredState.Of(folder.Read(), new Dictionary<string, HostFacts> { ["node1"] = facts });
        var engine = new InMemoryEngine();
        foreach (string image in desired.Containers.Select(container => container.Spec.Image).Distinct()) engine.AddImage(image);
        var host = new MemoryHost("node1", facts, engine);
        ObservedState observed = await new Observer(new Dictionary<string, IHost> { ["node1"] = host }).ObserveAsync(desired, false, TestContext.Current.CancellationToken);

        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["plan.txt"] = Reconciler.Reconcile(desired, observed).ToString() };
        foreach (DesiredContainer container in desired.Containers)
        {
            texts[$"{container.Spec.Name}.spec.json"] = container.Spec.Labels["kollanet_spec"].Replace("\",\"", "\",\n\"", StringComparison.Ordinal) + "\n";
            foreach (HostFile file in container.Files) texts[file.Path.TrimStart('/')] = Encoding.UTF8.GetString(file.Content.AsSpan());
        }
        return texts;
    }

    private static void Write(string folder, SortedDictionary<string, string> texts)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, true);
        foreach ((string name, string text) in texts)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
