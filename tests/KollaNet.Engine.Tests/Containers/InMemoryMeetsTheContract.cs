using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;

namespace KollaNet.Engine.Tests.Containers;

public sealed class InMemoryMeetsTheContract : ContainerEngineContract
{
    protected override IContainerEngine Engine { get; } = new InMemoryEngine(Behave, Execute);

    protected override string Image => "tiny:1";

    public override ValueTask InitializeAsync()
    {
        ((InMemoryEngine)Engine).AddImage(Image, ImmutableSortedDictionary<string, string>.Empty.Add("from-image", "yes"));
        return ValueTask.CompletedTask;
    }

    /// <summary>What <see cref="ContainerEngineContract.Script"/> does.</summary>
    private static ContainerBehaviour Behave(ContainerSpec spec) => new()
    {
        ExitCode = int.TryParse(spec.Environment["CODE"], CultureInfo.InvariantCulture, out int code) ? code : null,
        Log = [.. spec.Environment["OUT"].Split('\n').Append(spec.Environment["ERR"]).Where(line => line.Length > 0)],
        Health = spec.HealthCheck?.Test.Contains("false") == true ? "unhealthy" : "healthy",
    };

    /// <summary>The commands the contract runs.</summary>
    private static JobResult Execute(string name, ImmutableArray<string> command, ExecOptions options) => command[0] switch
    {
        "cat" => new JobResult(0, [.. options.StandardInput!.Split('\n')]),
        "id" => new JobResult(0, [options.User!]),
        "sh" => new JobResult(3, [options.Environment["GREETING"], "bad"]),
        _ => new JobResult(127, [$"{command[0]}: not found"]),
    };
}
