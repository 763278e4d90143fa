using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using KollaNet.Bench;
using KollaNet.Bench.Processes;
using KollaNet.Bench.Results;
using KollaNet.Bench.Wire;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var a = new Option<string>("--a") { Description = "NAME=URL[,container=C|,pid=P]: the service to compare with.", Required = true };
var b = new Option<string>("--b") { Description = "NAME=URL[,container=C|,pid=P][,database=URL]: the service of interest.", Required = true };
var fileServer = new Option<string?>("--file-server") { Description = "NAME=URL[,container=C]: a plain server of the data file, as the limit of downloads." };
var shared = new Option<string?>("--shared") { Description = "Container that both use, such as the database: its processor time is given too." };
var token = new Option<string?>("--token") { Description = "For both. Without it the OS_* variables log in." };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3 };
var size = new Option<int>("--size-mib") { DefaultValueFactory = _ => 1024 };
var manySize = new Option<int>("--many-size-mib") { Description = "Of each image when several clients move data.", DefaultValueFactory = _ => 512 };
var images = new Option<int>("--images") { DefaultValueFactory = _ => 1000 };
var connections = new Option<int>("--connections") { DefaultValueFactory = _ => 16 };
var seconds = new Option<double>("--seconds") { Description = "Length of one measurement of small requests.", DefaultValueFactory = _ => 5 };
var only = new Option<string[]>("--only") { Description = "Ids of figures, as in the JSON.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var coldStart = new Option<bool>("--cold-start") { Description = "Restart the containers." };
var rows = new Option<int>("--rows") { Description = "Seed B's throw-away database with so many images and list them." };
var work = new Option<string>("--work") { Description = "Folder for the data files; those that are there are used.", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "kollanet-bench") };
var markdown = new Option<string?>("--markdown") { Description = "File for the tables, besides standard output." };
var json = new Option<string?>("--json") { Description = "File for every single reading." };
var command = new RootCommand("Compares two Glance-compatible services in one run.")
{
    a, b, fileServer, shared, token, rounds, size, manySize, images, connections, seconds, only, coldStart, rows, work, markdown, json,
};
command.SetAction(async (line, cancel) =>
{
    Target targetA = Target.Parse(line.GetValue(a)!), targetB = Target.Parse(line.GetValue(b)!);
    Login login = line.GetValue(token) is { } given ? new Login(given, null) : await Keystone.LogInAsync(cancel);
    ProcessTree? both = line.GetValue(shared) is { } container ? ProcessTree.OfContainer(container) : null;
    var options = new BenchOptions
    {
        Rounds = line.GetValue(rounds),
        SizeMiB = line.GetValue(size),
        ManySizeMiB = line.GetValue(manySize),
        Images = line.GetValue(images),
        Connections = line.GetValue(connections),
        Window = TimeSpan.FromSeconds(line.GetValue(seconds)),
        Only = [.. line.GetValue(only)!],
        ColdStart = line.GetValue(coldStart),
        DataFile = DataFile(line.GetValue(work)!, line.GetValue(size)),
        ManyDataFile = DataFile(line.GetValue(work)!, line.GetValue(manySize)),
    };
    List<string> notes = [Where("begin")];
    Session sessionA = new(targetA, login, both), sessionB = new(targetB, login, both);
    var benchmark = new Benchmark(options, sessionA, sessionB, line.GetValue(fileServer) is { } server ? Target.Parse(server) : null, Console.Error.WriteLine);
    benchmark.Run();
    IReadOnlyList<Comparison> many = line.GetValue(rows) is > 0 and int count
        ? await new ManyRows(sessionB, count, options.Images, options.Connections, options.Window, options.Rounds, Console.Error.WriteLine).RunAsync(cancel)
        : [];
    notes.Add(Where("end"));
    var report = new Report(targetA.Name, targetB.Name, notes, benchmark.Figures, benchmark.LimitFigures);
    string text = MarkdownReport.Write(report);
    if (benchmark.AgainstLimits is { Count: > 0 } against) text += $"\n{targetB.Name} beside what the machine allows:\n\n" + MarkdownReport.Write(new Report("limit", targetB.Name, [], against, []));
    if (many.Count > 0) text += $"\nThe lists of {targetB.Name} with few and with many images:\n\n" + MarkdownReport.Write(new Report("few", "many", [], many, []));
    Console.Write(text);
    if (line.GetValue(markdown) is { } file) await File.WriteAllTextAsync(file, text, cancel);
    if (line.GetValue(json) is not { } data) return 0;
    await using FileStream to = File.Create(data);
    JsonReport.Write(report with { Figures = [.. report.Figures, .. benchmark.AgainstLimits, .. many] }, to);
    return 0;
});
try
{
    return await command.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is InvalidOperationException or FormatException or IOException or System.Net.Sockets.SocketException or HttpRequestException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static string Where(string when) =>
    $"{when}: {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} processors, load average {string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3])}";

static string DataFile(string folder, int sizeMiB)
{
    Directory.CreateDirectory(folder);
    string path = Path.Combine(folder, $"random-{sizeMiB}");
    if (File.Exists(path) && new FileInfo(path).Length == sizeMiB * 1024L * 1024) return path;
    using FileStream file = File.Create(path);
    byte[] block = new byte[1024 * 1024];
    for (int i = 0; i < sizeMiB; i++)
    {
        RandomNumberGenerator.Fill(block);
        file.Write(block);
    }

    return path;
}
