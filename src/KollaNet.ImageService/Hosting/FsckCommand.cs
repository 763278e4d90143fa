using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Fsck;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>fsck</c>, with what its arguments say.</summary>
public sealed record FsckCommand
{
    /// <summary>What to do.</summary>
    public FsckOrder Order { get; init; } = new();

    /// <summary>Option <c>--json</c>: one object per line instead of a table.</summary>
    public bool Json { get; init; }

    /// <summary>Whether an argument is a flag of this command.</summary>
    public static bool IsFlag(string name) => name is "--hash" or "--repair" or "--delete-orphans" or "--json";

    /// <summary>Whether an argument is an option of this command that has a value.</summary>
    public static bool IsOption(string name) => name is "--store" or "--image" or "--quarantine";

    /// <summary>The same with one more flag.</summary>
    public FsckCommand With(string flag) => flag switch
    {
        "--json" => this with { Json = true },
        "--hash" => this with { Order = Order with { Hashes = true } },
        "--repair" => this with { Order = Order with { Repairs = true } },
        _ => this with { Order = Order with { DeletesOrphans = true } },
    };

    /// <summary>The same with one more option.</summary>
    /// <exception cref="UsageException">The value makes no sense.</exception>
    public FsckCommand With(string option, string value) => option switch
    {
        "--store" => this with { Order = Order with { StoreId = value } },
        "--image" when value.Length == 0 => throw new UsageException("--image needs the id of an image. Nothing was done."),
        "--image" => this with { Order = Order with { ImageId = value.ToLowerInvariant() } },
        _ => this with { Order = Order with { QuarantineFolder = Path.GetFullPath(value) } },
    };

    /// <summary>Compares, prints and maybe repairs.</summary>
    /// <returns>The exit code: 0 clean, 1 problems (repaired ones included), 2 when something could not be checked.</returns>
    public async Task<int> RunAsync(Func<GlanceOptions> load, TextWriter output)
    {
        try
        {
            if (!Order.Repairs && (Order.DeletesOrphans || Order.QuarantineFolder is not null)) throw new UsageException("--delete-orphans and --quarantine need --repair: without it nothing is changed.");
            if (Order is { DeletesOrphans: true, QuarantineFolder: not null }) throw new UsageException("--delete-orphans and --quarantine exclude each other.");
            return await RunAsync(load(), output);
        }
        catch (Exception e) when (Failures.Describe(e) is { } text)
        {
            await Console.Error.WriteLineAsync(text);
            return 2;
        }
    }

    private async Task<int> RunAsync(GlanceOptions options, TextWriter output)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        using var log = new LineLog(Console.Error);
        using ILoggerFactory logs = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Warning));
        using StoreCatalog stores = StoreCatalog.Open(options);
        var run = new FsckRun(options, stores, database, TimeProvider.System, logs);
        FsckOutcome outcome = await run.RunAsync(Order, finding => output.WriteLineAsync(Json ? Line(finding) : Row(finding)), CancellationToken.None);
        await output.WriteLineAsync(Json
            ? $$"""{"problems": {{outcome.Problems}}, "unchecked": {{outcome.Unchecked}}}"""
            : outcome.ExitCode == 0 ? "The database and the stores agree." : $"{outcome.Problems} problems; {outcome.Unchecked} things could not be checked.");
        return outcome.ExitCode;
    }

    private static string Row(Finding finding) =>
        $"{Name(finding.Problem),-15} {finding.ImageId,-36} {finding.StoreId,-12} {finding.Detail}{(finding.Repair is { } done ? $" -> {done}" : "")}";

    private static string Line(Finding finding)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("problem", Name(finding.Problem));
            json.WriteString("image", finding.ImageId);
            json.WriteString("store", finding.StoreId);
            json.WriteString("detail", finding.Detail);
            json.WriteString("repair", finding.Repair);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static string Name(Problem problem) => string.Concat(problem.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
