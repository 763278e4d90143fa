using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Tests.Peers;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>What is understood of the command line, and what is refused before anything is done.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly ServiceFolder folder = new();

    public CommandLineTests() => folder.Configure();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("db unload-metadefs --dry-run", "--dry-run is not an option of kollanet-image db unload-metadefs;*")]
    [InlineData("db_unload_metadefs --dry_run", "--dry-run is not an option of kollanet-image db unload-metadefs;*")]
    [InlineData("fsck --dry-run --repair", "--dry-run is not an option of kollanet-image fsck;*")]
    [InlineData("db purge --dry-run", "--dry-run is not an option of kollanet-image db purge;*")]
    [InlineData("scrub --image X --dry-run", "--image is not an option of kollanet-image scrub;*")]
    [InlineData("serve --debug", "--debug is not an option of kollanet-image serve;*")]
    [InlineData("fsck --retain 5", "--retain is not an option of kollanet-image fsck;*")]
    [InlineData("images verify --repair", "--repair is not an option of kollanet-image images verify;*")]
    [InlineData("fsck --repair=no", "--repair takes no value;*")]
    [InlineData("images list --store", "--store needs a value.*")]
    [InlineData("fsck --image=", "--image needs the id of an image.*")]
    [InlineData("db purge --age-in-days 2000000000", "--age-in-days: 2000000000 days ago was before 1970.")]
    [InlineData("stores check", "stores check needs --keep*")]
    [InlineData("stores keep --default fast", "stores keep needs --keep*")]
    [InlineData("images migrate --from fast", "images migrate needs --from STORE and --to STORE.")]
    [InlineData("frobnicate", "'frobnicate' is not a command of kollanet-image;*")]
    [InlineData("db frobnicate", "'frobnicate' is not a command of kollanet-image db; db has check, *")]
    [InlineData("db_frobnicate", "'db_frobnicate' is not a command of kollanet-image; db has check, *")]
    [InlineData("stores", "kollanet-image stores needs one more word: check, keep, test.")]
    [InlineData("db sync now", "'now' is not expected after kollanet-image db sync.*")]
    [InlineData("frobnicate --help", "'frobnicate' is not a command of kollanet-image;*")]
    [InlineData("--config-file", "--config-file needs a value.*")]
    public async Task What_makes_no_sense_is_refused_by_name(string command, string why)
    {
        string[] words = command.Split(' ');
        bool hasFile = command.StartsWith("stores ", StringComparison.Ordinal) || command.StartsWith("images migrate", StringComparison.Ordinal);
        await FluentActions.Awaiting(() => RunAsync([.. words, .. hasFile ? ["--config-file", folder.ConfigFile] : Array.Empty<string>()])).Should().ThrowAsync<UsageException>().WithMessage(why);
    }

    [Fact]
    public async Task Nothing_is_done_when_an_option_is_refused()
    {
        string[] file = ["--config-file", folder.ConfigFile];
        await RunAsync(["db", "sync", .. file]);
        string definitions = Path.Combine(folder.Root, "one.json");
        await File.WriteAllTextAsync(definitions, """{"namespace": "Test::One"}""", TestContext.Current.CancellationToken);
        await RunAsync(["db", "load-metadefs", "--path", definitions, .. file]);

        await FluentActions.Awaiting(() => RunAsync(["db", "unload-metadefs", "--dry-run", .. file])).Should().ThrowAsync<UsageException>();

        await using ImageDatabase database = ImageDatabase.Open(folder.Connection);
        (await database.SingleAsync("SELECT COUNT(*) FROM metadef_namespaces")).Should().Be("1");
    }

    [Theory]
    [InlineData("--help", "kollanet-image serve", "kollanet-image images migrate")]
    [InlineData("help", "kollanet-image serve", "kollanet-image images migrate")]
    [InlineData("serve --help", "kollanet-image serve", "--config-file FILE")]
    [InlineData("fsck -h", "--quarantine FOLDER", "--config-file FILE")]
    [InlineData("db purge --help", "--max-rows", "--config-file FILE")]
    [InlineData("db_purge_images_table --help", "kollanet-image db purge-images-table", "--max-rows")]
    [InlineData("db contract --help", "kollanet-image db expand|migrate|contract", "three steps")]
    [InlineData("db --help", "kollanet-image db sync", "kollanet-image db unload-metadefs")]
    public async Task Help_is_exit_code_0_and_about_what_was_named(string command, string one, string other)
    {
        (int code, string text) = await RunAsync(command.Split(' '));
        (code, text).Should().Be((0, text));
        text.Should().Contain(one).And.Contain(other);
        if (command.Contains(' ')) text.Should().NotContain("kollanet-image images list");
    }

    [Fact]
    public async Task Every_line_of_the_usage_is_a_command_that_there_is()
    {
        string[] usage = (await RunAsync("--help")).Text.Split('\n');
        foreach (string line in usage.Where(line => line.StartsWith("kollanet-image ", StringComparison.Ordinal) && !line.Contains("COMMAND")))
        {
            string[] words = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).TakeWhile(word => char.IsAsciiLetterLower(word[0])).Take(2)];
            foreach (string last in words[^1].Split('|'))
                await FluentActions.Awaiting(() => RunAsync([.. words[..^1], last, "--no-such-option"])).Should().ThrowAsync<UsageException>().WithMessage($"--no-such-option is not an option of kollanet-image {string.Join(' ', [.. words[..^1], last])};*");
        }
    }

    [Theory]
    [InlineData("db purge --age-in-days 2000000000", 2, "before 1970")]
    [InlineData("frobnicate", 2, "'frobnicate' is not a command")]
    public async Task The_program_ends_with_2_and_one_sentence(string command, int code, string text)
    {
        await using ServiceProcess program = ServiceProcess.Run(folder.ConfigFile, command.Split(' '));
        (await program.EndedAsync()).Should().Be(code);
        program.Output.Should().Contain(text).And.NotContain("   at ").And.NotContain("Exception");
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" };
        return (await CommandLine.RunAsync(args, output), output.ToString());
    }
}
