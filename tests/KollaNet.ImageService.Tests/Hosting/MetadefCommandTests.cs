using System.Text.Json.Nodes;
using KollaNet.ImageService.Hosting;

namespace KollaNet.ImageService.Tests.Hosting;

public sealed class MetadefCommandTests : IDisposable
{
    private const string First = """
        {"namespace": "Test::First", "display_name": "First, of two", "visibility": "public", "protected": true,
         "resource_type_associations": [{"name": "OS::T::Server", "prefix": "hw:"}],
         "properties": {"cores": {"title": "Cores", "type": "integer", "minimum": 1}},
         "objects": [{"name": "quota", "description": "d", "required": ["a"], "properties": {"a": {"title": "Ä", "type": "string"}}}],
         "tags": [{"name": "one"}, {"name": "two"}]}
        """;

    private const string Second = """{"namespace": "Test::Second", "display_name": "First of two"}""";

    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-metadef-files-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_is_exported_can_be_loaded_again()
    {
        await PrepareAsync();
        (await RunAsync("load-metadefs", "--path", Definitions)).Should().Be((0, $"{Definitions}/a.json: Test::First added\n{Definitions}/b.json: Test::Second added\n"));
        string once = Path.Combine(folder, "once"), twice = Path.Combine(folder, "twice");
        (await RunAsync("export-metadefs", "--path", once)).Code.Should().Be(0);
        Directory.GetFiles(once).Select(Path.GetFileName).Order().Should().Equal("Firstoftwo.json", "TestSecond.json");
        JsonNode exported = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(once, "Firstoftwo.json"), TestContext.Current.CancellationToken))!;
        JsonNode expected = JsonNode.Parse(First)!;
        (expected["owner"], expected["description"]) = ("admin", null);
        JsonNode.DeepEquals(exported, expected).Should().BeTrue(exported.ToJsonString());

        (await RunAsync("unload-metadefs")).Code.Should().Be(0);
        (await RunAsync("load-metadefs", $"--path={once}")).Code.Should().Be(0);
        (await RunAsync("export-metadefs", "--path", twice)).Code.Should().Be(0);
        foreach (string file in Directory.GetFiles(once)) File.ReadAllText(Path.Combine(twice, Path.GetFileName(file))).Should().Be(File.ReadAllText(file));
    }

    [Theory]
    [InlineData("", "left as it is in the database")]
    [InlineData("--merge", "merged with the one in the database")]
    [InlineData("--prefer-new", "merged with the one in the database")]
    [InlineData("--merge --prefer_new", "merged with the one in the database")]
    [InlineData("--overwrite", "replaced")]
    public async Task Loading_again_does_what_the_flags_say(string flags, string said)
    {
        await PrepareAsync();
        await RunAsync("load-metadefs", "--path", Definitions);
        (int code, string text) = await RunAsync(["load-metadefs", "--path", $"{Definitions}/a.json", .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        (code, text).Should().Be((0, $"{Definitions}/a.json: Test::First {said}\n"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_named_and_the_others_are_loaded()
    {
        await PrepareAsync();
        await File.WriteAllTextAsync($"{Definitions}/a.json", "{", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{Definitions}/aa.json", """{"namespace": "x", "tags": "none"}""", TestContext.Current.CancellationToken);
        (int code, string text) = await RunAsync("load-metadefs", "--path", Definitions);
        code.Should().Be(1);
        text.Should().Match($"{Definitions}/a.json: not loaded. *\n{Definitions}/aa.json: not loaded. 'tags' must be *\n{Definitions}/b.json: Test::Second added\n");
    }

    [Fact]
    public async Task Wrong_arguments_are_told()
    {
        await PrepareAsync();
        (await Told("load-metadefs", "--prefer-new", "--overwrite")).Should().Contain("exclude each other");
        (await Told("load-metadefs", "--path", "/nowhere")).Should().Contain("/nowhere");
        (await Told("export-metadefs")).Should().Contain("--path");
        File.Delete(Path.Combine(folder, "glance.sqlite"));
        (await Told("load-metadefs", "--path", Definitions)).Should().Contain("db sync");

        async Task<string> Told(params string[] words)
        {
            Exception? failure = await Record.ExceptionAsync(() => RunAsync(words));
            return Failures.Describe(failure!)!;
        }
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_explained()
    {
        await PrepareAsync();
        string conf = Path.Combine(folder, "glance-api.conf");
        await File.WriteAllTextAsync(conf, "[database]\nconnection = mysql+pymysql://glance:hidden@127.0.0.1:1/glance\n", TestContext.Current.CancellationToken);
        Exception? failure = await Record.ExceptionAsync(() => RunAsync("sync"));
        string text = Failures.Describe(failure!)!;
        text.Should().StartWith("The image database could not be used.\n  Why:  ").And.Contain("  Next: ").And.Contain("127.0.0.1").And.NotContain("hidden");
    }

    [Fact]
    public async Task A_configuration_is_validated_without_starting()
    {
        await PrepareAsync();
        string conf = Path.Combine(folder, "glance-api.conf");
        using var output = new StringWriter();
        (await CommandLine.RunAsync(["config", "validate", "--config-file", conf], output)).Should().Be(0);
        output.ToString().Should().EndWith("ok\n");
        await File.AppendAllTextAsync(conf, "[DEFAULT]\nbind_port = many\n", TestContext.Current.CancellationToken);
        (await CommandLine.RunAsync(["config", "validate", "--config-file", conf], output)).Should().Be(1);
        Exception? failure = await Record.ExceptionAsync(() => RunAsync("sync"));
        Failures.Describe(failure!).Should().Match("The configuration cannot be used.\n  Why:  *bind_port*\n  Next: *");
    }

    private string Definitions => Path.Combine(folder, "definitions");

    private async Task PrepareAsync()
    {
        Directory.CreateDirectory(Definitions);
        await File.WriteAllTextAsync($"{Definitions}/a.json", First, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{Definitions}/b.json", Second, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{Definitions}/readme.txt", "not one", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "glance-api.conf"), $"""
            [DEFAULT]
            enabled_backends = fast:file
            [glance_store]
            default_backend = fast
            [fast]
            filesystem_store_datadir = {folder}/images
            [database]
            connection = sqlite:///{folder}/glance.sqlite

            """, TestContext.Current.CancellationToken);
        (await RunAsync("sync")).Code.Should().Be(0);
    }

    private async Task<(int Code, string Text)> RunAsync(params string[] words)
    {
        using var output = new StringWriter();
        int code = await CommandLine.RunAsync(["db", .. words, "--config-file", Path.Combine(folder, "glance-api.conf")], output);
        return (code, output.ToString());
    }
}
