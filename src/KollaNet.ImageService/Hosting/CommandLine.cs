using System.Runtime.InteropServices;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Logging;

namespace KollaNet.ImageService.Hosting;

/// <summary>What <c>kollanet-image</c> does with its arguments.</summary>
public static class CommandLine
{
    private const string Usage = """
        kollanet-image serve      [--config-file FILE]... [--config-dir FOLDER]...   serve images until stopped
        kollanet-image db sync    [--config-file FILE]... [--config-dir FOLDER]...   make the tables, or bring those of a Glance 2022.2 or newer forward
        kollanet-image db expand|migrate|contract …   the same in Glance's three steps, for an upgrade while the older service runs
        kollanet-image db check   …   exit code 0: up to date, 3: expand (or sync) is needed, 5: contract is needed, 2: not a database we can use
        kollanet-image db version …   print the schema revision
        kollanet-image db purge [--age-in-days 30] [--max-rows 100] …   remove rows deleted so long ago, all but those of images; at most so many of each table, -1: all
        kollanet-image db purge-images-table [--age-in-days 180] [--max-rows 100] …   the same for rows of images, whose ids can be used again after that
        kollanet-image config validate …   check the files and start nothing; exit code 1 when something is wrong
        kollanet-image config describe     print every option that has an effect, as a commented file
        kollanet-image db load-metadefs [--path FILE|FOLDER] [--merge|--prefer-new|--overwrite] …   load metadata definitions, usually those of /etc/glance/metadefs
            namespaces that exist are left alone; --merge adds what they lack, --prefer-new changes them too, --overwrite replaces them
        kollanet-image db export-metadefs --path FOLDER …   write every namespace to a file
        kollanet-image db unload-metadefs …   delete all metadata definitions
        kollanet-image cache clean|prune|prefetch …   look after the image cache of this host once, as the service does on a timer
        kollanet-image scrub [--restore ID] …   remove the data of images deleted with delayed_delete for longer than scrub_time; or bring one back
        kollanet-image fsck [--hash] [--store ID] [--image ID] [--json] …   compare the database with every store; exit code 0: clean, 1: problems, 2: could not check
            [--repair [--quarantine FOLDER|--delete-orphans]] repairs what can be repaired without losing data; orphans are left alone unless one of the two is given
        kollanet-image stores check --keep ID,ID… [--default ID] …   may these stores be configured instead of those of the files? exit code 1 when images would become unreadable
        kollanet-image stores test [--store ID] [--skip TYPE,ID,…] [--within 60] …   write, read and delete an object in every store, all at once; exit code 1 when one cannot be used
        kollanet-image stores keep --keep ID,ID… --default ID …   which other stores have to stay configured until their images are moved? one line each: ID: reason
        kollanet-image images list [--store ID] [--json] …   where each image is
        kollanet-image images verify [--store ID] [--image ID] [--json] …   fsck --hash
        kollanet-image images migrate --from ID --to ID [--image ID] [--limit-rate 50M] [--parallel 4] [--dry-run] …   move images to another store, while services run; repeat it after a crash
        kollanet-image COMMAND --help shows what is about one command; … stands for [--config-file FILE]... [--config-dir FOLDER]... An option that a command does not have is refused with exit code 2.
        Commands may be written as for glance-manage: db_sync, db purge_images_table, --age_in_days.
        Without any file: /etc/glance/glance-api.conf if there is one, else SQLite and files in $XDG_DATA_HOME (or here), on 127.0.0.1.
        """;

    /// <summary>Runs one command.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The arguments cannot be understood; nothing was done.</exception>
    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        Arguments given = Arguments.Read(args);
        if (given.Words is ["help"] || (given.AsksForHelp && given.Words is []))
        {
            await output.WriteLineAsync(Usage);
            return 0;
        }

        if (given.AsksForHelp)
        {
            IReadOnlyList<string> lines = given.About(Usage);
            foreach (string line in lines) await output.WriteLineAsync(line);
            if (lines.Any(line => line.Contains('…'))) await output.WriteLineAsync("… stands for [--config-file FILE]... [--config-dir FOLDER]...");
            return 0;
        }

        if (given is { Words: [], Options: [{ Key: "--version" }] })
        {
            await output.WriteLineAsync($"kollanet-image {typeof(CommandLine).Assembly.GetName().Version?.ToString(3)}");
            return 0;
        }

        if (args.Length > 0) return await RunAsync(given.Command, given.Options, output);
        await output.WriteLineAsync(Usage);
        return 2;
    }

    private static async Task<int> RunAsync(string command, IEnumerable<KeyValuePair<string, string?>> options, TextWriter output)
    {
        var files = new List<string>();
        var folders = new List<string>();
        var metadefs = new MetadefCommands();
        var tables = new DatabaseCommands();
        var fsck = new FsckCommand();
        var stores = new StoreCommands();
        var migration = new MigrateCommand();
        string? restoreId = null;
        foreach ((string name, string? value) in options)
        {
            if (name is "--config-file" or "--config-dir") (name == "--config-file" ? files : folders).Add(value!);
            else if (name == "--path") metadefs = metadefs with { Path = value };
            else if (DatabaseCommands.IsOption(name)) tables = tables.With(name, value!);
            else if (name == "--restore") restoreId = value;
            else if (MigrateCommand.IsOption(name)) migration = migration.With(name, value!);
            else if (name == "--dry-run") migration = migration with { IsDryRun = true };
            else if (StoreCommands.IsOption(name)) stores = stores.With(name, value!);
            else if (FsckCommand.IsOption(name)) fsck = fsck.With(name, value!);
            else if (FsckCommand.IsFlag(name)) fsck = fsck.With(name);
            else metadefs = metadefs.With(name);
        }

        switch (command)
        {
            case "serve": return await ServeAsync(() => Load(files, folders));
            case "db sync": return await DatabaseCommands.SyncAsync(Load(files, folders), output);
            case "db expand": return await DatabaseCommands.ExpandAsync(Load(files, folders), output);
            case "db migrate": return await DatabaseCommands.MigrateAsync(Load(files, folders), output);
            case "db contract": return await DatabaseCommands.ContractAsync(Load(files, folders), output);
            case "db check": return await DatabaseCommands.CheckAsync(Load(files, folders), output);
            case "db version": return await DatabaseCommands.VersionAsync(Load(files, folders), output);
            case "db purge": return await tables.PurgeAsync(Load(files, folders), output);
            case "db purge-images-table": return await tables.PurgeImagesAsync(Load(files, folders), output);
            case "config validate":
                return ConfigValidation.Validate(files.Count + folders.Count > 0 ? files : GlanceOptions.DefaultFiles, folders, StartChecks.IsElsewhere, output, output);
            case "config describe":
                ConfigValidation.Describe(output);
                return 0;
            case "db load-metadefs": return await metadefs.LoadAsync(Load(files, folders), output);
            case "db unload-metadefs": return await MetadefCommands.UnloadAsync(Load(files, folders), output);
            case "db export-metadefs": return await metadefs.ExportAsync(Load(files, folders), output);
            case "fsck": return await fsck.RunAsync(() => Load(files, folders), output);
            case "cache clean": return await CacheCommands.CleanAsync(Load(files, folders), output);
            case "cache prune": return await CacheCommands.PruneAsync(Load(files, folders), output);
            case "cache prefetch": return await CacheCommands.PrefetchAsync(Load(files, folders), output);
            case "images list": return await ImageCommands.ListAsync(Load(files, folders), fsck.Order.StoreId, fsck.Json, output);
            case "images verify": return await fsck.With("--hash").RunAsync(() => Load(files, folders), output);
            case "images migrate": return await migration.RunAsync(Load(files, folders), fsck.Order.ImageId, TimeProvider.System, output);
            case "stores check": return await stores.CheckAsync(Load(files, folders), output);
            case "stores test": return await stores.TestAsync(Load(files, folders), fsck.Order.StoreId, output);
            case "stores keep": return await StoreKeeping.ListAsync(stores, Load(files, folders), output);
            case "scrub": return await ScrubCommand.RunAsync(Load(files, folders), restoreId, output);
            default: throw new InvalidOperationException($"{command} is known but not made.");
        }
    }

    private static GlanceOptions Load(List<string> files, List<string> folders)
    {
        if (files.Count + folders.Count > 0) return GlanceOptions.Load(files, folders);
        IReadOnlyList<string> usual = GlanceOptions.DefaultFiles;
        return usual.Count > 0 ? GlanceOptions.Load(usual, []) : StandAlone.Options(StandAlone.Folder);
    }

    private static async Task<int> ServeAsync(Func<GlanceOptions> load)
    {
        GlanceOptions options = load();
        StartChecks.ThrowIfAny(options);
        using LineLog log = LineLog.To(options.LogFile, options.Operations.UseJson);
        await using ImageServer server = ImageServer.Create(options, log, TimeProvider.System);
        ILogger start = log.CreateLogger("kollanet-image");
        foreach (string warning in options.Warnings) Say(start, LogLevel.Warning, warning);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Reload(signal, load, server, log, start));

        // Nobody else can have made a local file's tables; a shared database is made once, by "db sync".
        if (options.Database.Connection.StartsWith("sqlite", StringComparison.Ordinal))
        {
            await server.Database.Schema.SyncAsync(CancellationToken.None);
            await server.Database.Schema.RequireWritableAsync(CancellationToken.None);
        }

        await server.StartAsync(CancellationToken.None);
        Say(start, LogLevel.Information, $"listening on {string.Join(", ", server.Addresses)}, stores: {string.Join(", ", options.Stores.Select(store => store.Id))}, authentication: {options.Flavor ?? "none"}");
        await server.WaitForStopAsync();
        Say(start, LogLevel.Information, "stopped");
        return 0;
    }

    /// <summary>SIGHUP: log files are opened anew, and what can change while the service runs is read again.</summary>
    private static void Reload(PosixSignalContext signal, Func<GlanceOptions> load, ImageServer server, LineLog log, ILogger start)
    {
        signal.Cancel = true;
        log.Reopen();
        try
        {
            (IReadOnlyList<string> taken, IReadOnlyList<string> kept) = server.Reload(load());
            string now = And(["log files", "debug", .. taken]);
            if (kept.Count == 0) Say(start, LogLevel.Information, $"reloaded: {now}; other options need a restart");
            else Say(start, LogLevel.Error, $"reloaded: {now}; not the {And(kept)}, which cannot be used, so that those from before stay; other options need a restart");
        }
        catch (Exception e) when (Failures.Describe(e) is not null)
        {
            Say(start, LogLevel.Error, $"the configuration cannot be used, so the one from before stays: {e.Message}");
        }
    }

    private static string And(IReadOnlyList<string> names) => names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    private static void Say(ILogger log, LogLevel level, string message) => log.Log(level, default, message, null, static (text, _) => text);
}
