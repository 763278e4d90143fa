using System.Collections.Immutable;
using System.Diagnostics;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Stores.Rbd;
using KollaNet.ImageService.Stores.S3;
using KollaNet.ImageService.Stores.Swift;
using KollaNet.ImageService.Stores.Trials;
using KollaNet.ImageService.Tests.Stores.Live;
using KollaNet.ImageService.Tests.Stores.Swift;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Trials;

/// <summary>What is wrong with a store is found with an object of its own, on real backends, and told in an operator's words.</summary>
public sealed class StoreTrialTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("kollanet-trial-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Run("umount", root.FullName);   // Fails where a test mounted nothing.
        root.Delete(recursive: true);
    }

    [Fact]
    public async Task Every_store_is_tried_and_all_that_is_wrong_is_said_at_once()
    {
        SwiftServer swift = await SwiftServer.StartedAsync(Cancel);
        await using var backend = new SwiftBackend(swift);
        string file = Path.Combine(root.FullName, "glance-api.conf"), good = Path.Combine(root.FullName, "good");
        await File.WriteAllTextAsync(file, $"""
            [DEFAULT]
            enabled_backends = good:file, cloud:swift, badkey:swift, archive:s3, web:http
            [glance_store]
            default_backend = good
            [good]
            filesystem_store_datadir = {good}
            [cloud]
            swift_store_auth_address = {swift.AuthUrl}
            swift_store_auth_version = 1
            swift_store_user = {swift.User}
            swift_store_key = {swift.Key}
            swift_store_container = {backend.Container}
            swift_store_create_container_on_put = true
            [badkey]
            swift_store_auth_address = {swift.AuthUrl}
            swift_store_auth_version = 1
            swift_store_user = {swift.User}
            swift_store_key = wr0ng
            [archive]
            s3_store_host = {swift.Url}
            s3_store_access_key = {swift.User}
            s3_store_secret_key = wr0ng
            s3_store_bucket = archive
            """, Cancel);

        (int code, string text) = await TestAsync(file);

        code.Should().Be(1);
        text.Should().Contain("store good: an object was written, read and deleted").And.Contain("store cloud: an object was written, read and deleted").And.Contain("store web: not tried; nothing can be written to it")
            .And.Contain("store badkey: an object could not be written.\n  Why:  ").And.Contain("does not let user test:tester in (401)").And.Contain("  Next: correct user and key of the Swift store")
            .And.Contain("store archive: an object could not be written.\n  Why:  ").And.Contain("  Next: correct s3_store_access_key and s3_store_secret_key")
            .And.NotContain("wr0ng").And.NotContain(swift.Key);
        Directory.GetFileSystemEntries(good).Should().BeEmpty();
        (await backend.ListAsync(Cancel)).Should().BeEmpty();

        (await TestAsync(file, "--store", "cloud")).Code.Should().Be(0);
        (code, text) = await TestAsync(file, "--skip", "swift,s3");
        (code, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length).Should().Be((0, 2));
        await FluentActions.Awaiting(() => TestAsync(file, "--store", "nowhere")).Should().ThrowAsync<ImageService.Stores.UnknownStoreException>();
        await FluentActions.Awaiting(() => TestAsync(file, "--within", "soon")).Should().ThrowAsync<FormatException>();
    }

    [Theory]
    [InlineData("reader", "*no right to do so*", "*give the user a role*")]
    [InlineData("no container", "*The container does not exist: make it*", "*do what the reason says*")]
    [InlineData("quota", "*A quota of the container or the account is used up*", "raise the quota of the container*")]
    [InlineData("unreachable", "*cannot be reached*Connection refused*", "check auth_address*")]
    [InlineData("name", "*cannot be reached*", "correct the name, or the name service*")]
    public async Task Swift_tells_what_it_lacks(string fault, string why, string next)
    {
        await using var backend = new SwiftBackend(await SwiftServer.StartedAsync(Cancel));
        if (fault == "quota") (await backend.AskAsync(HttpMethod.Put, "", Cancel, null, ("X-Container-Meta-Quota-Bytes", "100"))).EnsureSuccessStatusCode();
        SwiftStoreOptions options = fault switch
        {
            "reader" => With(backend, backend.Reference with { User = "test:reader", Key = "reading" }),
            "no container" => backend.Options with { CreateContainerOnPut = false },
            "unreachable" => With(backend, backend.Reference with { AuthAddress = "http://127.0.0.1:1/auth/v1.0" }),
            "name" => With(backend, backend.Reference with { AuthAddress = "http://swift.invalid/auth/v1.0" }),
            _ => backend.Options,
        };

        StoreProblem problem = await ProblemOfAsync(new StoreOptions { Id = "cloud", Type = "swift", Swift = options });

        problem.What.Should().Be("an object could not be written");
        problem.Why.Should().Match(why);
        problem.Next.Should().Match(next);
        (await backend.ListAsync(Cancel)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("key", "*let client.glance into the cluster*Permission denied*", "put what \"ceph auth get client.glance\" prints into the keyring*")]
    [InlineData("keyring", "*let client.nobody into the cluster*", "put*client.nobody*")]
    [InlineData("capabilities", "*Operation not permitted*", "give the user its capabilities: ceph auth caps client.reader mon 'profile rbd' osd 'profile rbd pool=POOL'*")]
    [InlineData("pool", "*open pool nowhere: No such file*", "make the pool (ceph osd pool create nowhere; rbd pool init nowhere), or correct rbd_store_pool")]
    [InlineData("quota", "*Disk quota exceeded*", "see ceph df; raise the pool's quota (ceph osd pool set-quota POOL max_bytes N) or add OSDs")]
    [InlineData("file", "*read its configuration /nonexistent/ceph.conf*", "put the cluster's ceph.conf and ceph.client.glance.keyring where they are looked for")]
    public async Task Ceph_tells_what_it_lacks(string fault, string why, string next)
    {
        CephServer ceph = await CephServer.StartedAsync(Cancel);
        LiveCeph pool = await LiveCeph.NewPoolAsync(ceph, Cancel);
        if (fault == "quota") await FillQuotaAsync(ceph, pool.Pool);
        var options = new RbdStoreOptions { CephConf = ceph.ConfigurationFile, User = "glance", Pool = pool.Pool };
        options = fault switch
        {
            "key" => options with { CephConf = await WithAnotherKeyAsync(ceph) },
            "keyring" => options with { User = "nobody" },
            "capabilities" => options with { User = "reader" },
            "pool" => options with { Pool = "nowhere" },
            "file" => options with { CephConf = "/nonexistent/ceph.conf" },
            _ => options,
        };

        StoreProblem problem = await ProblemOfAsync(new StoreOptions { Id = "rbd", Type = "rbd", Rbd = options });

        problem.Why.Should().Match(why);
        problem.Next.Should().Match(next.Replace("POOL", pool.Pool, StringComparison.Ordinal));
        (await pool.ListAsync(Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_Ceph_that_works_is_left_as_it_was()
    {
        CephServer ceph = await CephServer.StartedAsync(Cancel);
        LiveCeph pool = await LiveCeph.NewPoolAsync(ceph, Cancel);
        var options = new RbdStoreOptions { CephConf = ceph.ConfigurationFile, User = "glance", Pool = pool.Pool };

        StoreTrial trial = await new StoreTrial(new StoreOptions { Id = "rbd", Type = "rbd", Rbd = options }, Limit).RunAsync();

        trial.Problem.Should().BeNull();
        (await pool.ListAsync(Cancel)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("ro", "*Read-only file system*", "make * writable*see that it is not mounted read-only")]
    [InlineData("size=32k", "*has no room for 65536 bytes*", "make room on the file system of *")]
    public async Task A_folder_that_is_read_only_or_full_is_told(string options, string why, string next)
    {
        Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", root.FullName).Should().BeTrue("these tests run as root, which may mount a small tmpfs");

        StoreProblem problem = await ProblemOfAsync(new StoreOptions { Id = "file", Type = "file", DataFolders = [new DataFolder(root.FullName)] });

        problem.What.Should().Be("an object could not be written");
        problem.Why.Should().Match(why);
        problem.Next.Should().Match(next);
    }

    [Fact]
    public async Task A_server_with_an_unknown_certificate_is_told_with_the_option_that_names_its_authority()
    {
        await using var server = new SilentServer(tls: true);

        StoreProblem problem = await ProblemOfAsync(S3At($"https://127.0.0.1:{server.Port}"));

        problem.Next.Should().StartWith("name the authority's certificate in s3_store_cacert");
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_in_time()
    {
        await using var server = new SilentServer(tls: false);

        StoreProblem? problem = (await new StoreTrial(S3At($"http://127.0.0.1:{server.Port}"), TimeSpan.FromSeconds(2)).RunAsync()).Problem;

        problem!.Why.Should().Be("it did not end within 2 s");
        problem.Next.Should().Contain("check s3_store_host");
    }

    [Theory]
    [InlineData("missing bucket", "*The bucket does not exist*", "*")]
    [InlineData("clock", "*clocks of this host and of the server differ*", "*")]
    [InlineData("key", "*403*SignatureDoesNotMatch*s3_store_secret_key*", "correct s3_store_access_key and s3_store_secret_key*")]
    public async Task S3_tells_what_it_lacks(string fault, string why, string next)
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        await using var link = new FaultyLink(new Uri(server.Url).Port);
        if (fault == "clock") link.Usual = LinkFault.Status("403 Forbidden", "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current time is too large.</Message></Error>");
        StoreOptions store = S3At($"http://127.0.0.1:{link.Port}", server.User, fault == "key" ? "wr0ng" : server.Key);

        StoreProblem problem = await ProblemOfAsync(store);

        problem.Why.Should().Match(why).And.NotContain("wr0ng");
        problem.Next.Should().Match(next);
    }

    private static StoreOptions S3At(string url, string user = "key", string secret = "secret") =>
        new() { Id = "s3", Type = "s3", S3 = new S3StoreOptions { Endpoint = new Uri(url), AccessKey = user, SecretKey = secret, Bucket = "trial-bucket" } };

    private static SwiftStoreOptions With(SwiftBackend backend, SwiftReference reference) =>
        backend.Options with { References = ImmutableSortedDictionary<string, SwiftReference>.Empty.Add("ref1", reference) };

    private static async Task<StoreProblem> ProblemOfAsync(StoreOptions store)
    {
        StoreTrial trial = await new StoreTrial(store, Limit).RunAsync();
        trial.Report.Should().BeEmpty();
        return trial.Problem!;
    }

    /// <summary>What lies in a pool is counted by a manager, which this cluster does without otherwise.</summary>
    private static Task<string> FillQuotaAsync(CephServer ceph, string pool) => ceph.ExecuteAsync(Cancel, "bash", "-c", $"""
        mkdir -p /var/lib/ceph/mgr/ceph-a && ceph auth get-or-create mgr.a mon 'allow profile mgr' osd 'allow *' -o /var/lib/ceph/mgr/ceph-a/keyring && ceph-mgr -i a
        ceph osd pool set-quota {pool} max_bytes 1000 && head -c 1M /dev/zero > /tmp/{pool} && rados -p {pool} put fill /tmp/{pool} && rm /tmp/{pool}
        timeout 60 bash -c "until ceph osd pool ls detail | grep {pool} | grep -q full; do sleep 0.5; done"
        kill $(pidof ceph-mgr)
        """);

    private async Task<string> WithAnotherKeyAsync(CephServer ceph)
    {
        string file = Path.Combine(root.FullName, "ceph.conf"), keyring = Path.Combine(root.FullName, "keyring");
        await File.WriteAllTextAsync(keyring, "[client.glance]\n\tkey = AQBSdFhcGyaSMRAA9DVKcbVTJ1HEZVZCCJAR6w==\n", Cancel);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(ceph.ConfigurationFile, Cancel)).Split("[client]")[0] + $"[client]\nkeyring = {keyring}\n", Cancel);
        return file;
    }

    private static async Task<(int Code, string Text)> TestAsync(string file, params string[] arguments)
    {
        using var output = new StringWriter();
        return (await CommandLine.RunAsync(["stores", "test", "--config-file", file, .. arguments], output), output.ToString());
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
