using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;

namespace KollaNet.ImageService.Tests.Configuration;

public sealed class GlanceOptionsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-config-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void No_file_gives_a_service_that_stands_alone()
    {
        GlanceOptions options = GlanceOptions.Defaults;

        options.BindPort.Should().Be(9292);
        options.LimitParamDefault.Should().Be(25);
        options.ApiLimitMax.Should().Be(1000);
        options.ImageSizeCapBytes.Should().Be(1099511627776);
        options.HashingAlgorithm.Should().Be("sha512");
        options.StoresEnabled.Should().BeFalse();
        options.DefaultStoreId.Should().Be("file");
        options.Stores.Single(store => store.Id == "file").DataFolders.Should().Equal(new DataFolder("/var/lib/glance/images"));
        options.ImageFormat.DiskFormats.Should().Equal("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop");
        options.Flavor.Should().BeNull();
    }

    [Fact]
    public void What_Kolla_renders_is_understood_without_a_warning()
    {
        GlanceOptions options = Load("""
            [DEFAULT]
            debug = False
            log_file = /var/log/kolla/glance/glance-api.log
            worker_self_reference_url = http://10.0.0.11:9292
            bind_host = 10.0.0.11
            bind_port = 9292
            workers = 5
            enabled_backends = file:file, rbd:rbd
            transport_url = rabbit://openstack:secret@10.0.0.11:5672//

            [database]
            connection = mysql+pymysql://glance:secret@10.0.0.10:3306/glance
            connection_recycle_time = 10
            max_pool_size = 1
            max_retries = -1

            [keystone_authtoken]
            service_type = image
            www_authenticate_uri = http://10.0.0.10:5000
            auth_url = http://10.0.0.10:5000/
            auth_type = password
            project_domain_id = default
            user_domain_id = default
            project_name = service
            username = glance
            password = pa$$word
            cafile = 
            region_name = RegionOne
            memcache_security_strategy = ENCRYPT
            memcache_secret_key = secret
            memcached_servers = 10.0.0.11:11211

            [paste_deploy]
            flavor = keystone

            [glance_store]
            default_backend = file

            [file]
            filesystem_store_datadir = /var/lib/glance/images/

            [rbd]
            rbd_store_user = glance
            rbd_store_pool = images
            rbd_store_ceph_conf = /etc/ceph/ceph.conf

            [os_glance_tasks_store]
            filesystem_store_datadir = /var/lib/glance/tasks_work_dir

            [os_glance_staging_store]
            filesystem_store_datadir = /var/lib/glance/staging

            [oslo_middleware]
            enable_proxy_headers_parsing = True

            [oslo_concurrency]
            lock_path = /var/lib/glance/tmp

            [oslo_messaging_notifications]
            transport_url = rabbit://openstack:secret@10.0.0.11:5672//
            driver = noop

            [cors]
            allowed_origin = http://10.0.0.10
            """);

        options.Warnings.Should().BeEmpty();
        options.Stores.Select(store => (store.Id, store.Type)).Should().Equal(("file", "file"), ("rbd", "rbd"));
        options.Stores[0].DataFolders.Should().Equal(new DataFolder("/var/lib/glance/images"));
        options.Stores[1].Values["rbd_store_pool"].Should().Be("images");
        options.StagingStore.DataFolders.Should().Equal(new DataFolder("/var/lib/glance/staging"));
        options.Database.MaxRetries.Should().Be(-1);
        options.KeystoneAuthtoken.AuthUrl.Should().Be("http://10.0.0.10:5000");
        options.KeystoneAuthtoken.Password.Should().Be("pa$word");
        options.KeystoneAuthtoken.Cafile.Should().BeNull();
        options.EnableProxyHeadersParsing.Should().BeTrue();
        options.PolicyFile.Should().Be(Path.Combine(folder.FullName, "policy.yaml"));
    }

    [Fact]
    public void Every_problem_is_reported_at_once_with_file_line_and_option()
    {
        Action load = () => Load("""
            stray = 1
            [DEFAULT]
            bind_port = http
            api_limit_max = 0
            debug = perhaps
            enabled_backends = fast:file, slow
            hashing_algorithm = crc32
            just words
            """);

        string file = Path.Combine(folder.FullName, "0.conf");
        load.Should().Throw<ConfigurationInvalidException>().Which.Problems.Should().BeEquivalentTo(
            $"{file}:1: stray stands before the first section",
            $"{file}:3: [DEFAULT] bind_port: 'http' is not a whole number",
            $"{file}:4: [DEFAULT] api_limit_max: '0' is below the least allowed, 1",
            $"{file}:5: [DEFAULT] debug: 'perhaps' is not true or false",
            $"{file}:6: [DEFAULT] enabled_backends: 'fast:file, slow' has 'slow' where key:value is needed",
            $"{file}:7: [DEFAULT] hashing_algorithm: 'crc32' is not one of sha512, sha384, sha256, sha1, md5, sha3_256, sha3_384, sha3_512",
            $"{file}:8: neither a section, a comment nor name = value");
    }

    [Theory]
    [InlineData("[DEFAULT]\nbind_prot = 1", "1.conf:2: [DEFAULT] bind_prot is not an option of Glance; did you mean bind_port?")]
    [InlineData("[DEFAULT]\nconnection = sqlite:////x", "[DEFAULT] connection is not an option of Glance; it belongs in [database]")]
    [InlineData("[DEFAULT]\nentirely_new = 1", "[DEFAULT] entirely_new is not an option of Glance")]
    [InlineData("[file]\nfilesystem_store_datadri = /x", "[file] filesystem_store_datadri is not an option of Glance; did you mean filesystem_store_datadir?")]
    public void An_unknown_option_is_a_warning_that_says_what_was_probably_meant(string text, string warning)
    {
        GlanceOptions options = Load("[DEFAULT]\nenabled_backends = file:file\n[glance_store]\ndefault_backend = file", text);

        options.Warnings.Should().ContainSingle().Which.Should().EndWith(warning);
    }

    [Fact]
    public void Later_files_win_and_folders_come_last_in_name_order()
    {
        string one = Write("a.conf", "[DEFAULT]\nbind_port = 1\nworkers = 1\nlimit_param_default = 1"), two = Write("b.conf", "[DEFAULT]\nbind_port = 2\nworkers = 2");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "d"));
        Write("d/20.conf", "[DEFAULT]\nbind_port = 4");
        Write("d/10.conf", "[DEFAULT]\nbind_port = 3");
        Write("d/ignored.txt", "[DEFAULT]\nbind_port = 5");

        GlanceOptions options = GlanceOptions.Load([one, two], [Path.Combine(folder.FullName, "d")]);

        (options.BindPort, options.Workers, options.LimitParamDefault).Should().Be((4, 2, 1));
    }

    [Fact]
    public void Lists_may_stand_in_brackets_and_values_in_quotes()
    {
        GlanceOptions options = Load("[DEFAULT]\nenabled_import_methods = [glance-direct, 'web-download',]\nbind_host: \"::1\"\n[image_format]\ndisk_formats = raw,qcow2");

        options.EnabledImportMethods.Should().Equal("glance-direct", "web-download");
        options.BindHost.Should().Be("::1");
        options.ImageFormat.DiskFormats.Should().Equal("raw", "qcow2");
    }

    [Fact]
    public void A_value_may_go_on_in_indented_lines_and_an_indented_first_line_is_no_harm() =>
        Load("[DEFAULT]\n\tenabled_import_methods = glance-direct,\n   # why\n   web-download\n").EnabledImportMethods.Should().Equal("glance-direct", "web-download");

    [Fact]
    public void Values_may_refer_to_options_of_this_and_other_sections()
    {
        GlanceOptions options = Load("[DEFAULT]\nbind_host = 10.0.0.1\npublic_endpoint = http://$bind_host:${bind_port}/\nworker_self_reference_url = $database.connection\nlog_file = $nothing\n[database]\nconnection = sqlite:///$DEFAULT.bind_host");

        options.PublicEndpoint.Should().Be("http://10.0.0.1:9292");
        options.WorkerSelfReferenceUrl.Should().Be("sqlite:///10.0.0.1");
        options.LogFile.Should().Be("$nothing");
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("500", 500)]
    [InlineData("500B", 500)]
    [InlineData("2KB", 2048)]
    [InlineData("3MB", 3145728)]
    [InlineData("1TB", 1099511627776)]
    public void A_storage_quota_counts_in_1024s(string text, long bytes) => Load($"[DEFAULT]\nuser_storage_quota = {text}").UserStorageQuotaBytes.Should().Be(bytes);

    [Theory]
    [InlineData("5PB")]
    [InlineData("GB")]
    [InlineData("-1")]
    [InlineData("1 gig")]
    public void A_storage_quota_that_is_none_is_refused(string text) =>
        FluentActions.Invoking(() => Load($"[DEFAULT]\nuser_storage_quota = {text}")).Should().Throw<ConfigurationInvalidException>();

    [Theory]
    [InlineData("[DEFAULT]\nenabled_backends = a:file", "must name one of enabled_backends")]
    [InlineData("[DEFAULT]\nenabled_backends = a:file\n[glance_store]\ndefault_backend = b", "'b' is not one of the stores a")]
    [InlineData("[DEFAULT]\nenabled_backends = os_glance_x:file\n[glance_store]\ndefault_backend = os_glance_x", "reserved")]
    [InlineData("[DEFAULT]\nenabled_backends = a:file,a:file\n[glance_store]\ndefault_backend = a", "twice")]
    [InlineData("[glance_store]\nfilesystem_store_file_perm = 888", "octal")]
    [InlineData("[glance_store]\nfilesystem_store_file_perm = 400", "read and write")]
    [InlineData("[glance_store]\nfilesystem_store_datadirs = /a:high", "priority")]
    [InlineData("[glance_store]\nfilesystem_store_datadir = /a\nfilesystem_store_datadirs = /b:1", "only one")]
    public void Stores_that_cannot_be_are_refused(string text, string why) =>
        FluentActions.Invoking(() => Load(text)).Should().Throw<ConfigurationInvalidException>().WithMessage($"*{why}*");

    [Fact]
    public void Data_folders_come_highest_priority_first_from_every_line()
    {
        StoreOptions store = Load("[glance_store]\nfilesystem_store_datadirs = /a:1\nfilesystem_store_datadirs = /b:200\nfilesystem_store_datadirs = /c\nfilesystem_store_file_perm = 640").Stores.Single(store => store.Id == "file");

        store.DataFolders.Should().Equal(new DataFolder("/b", 200), new DataFolder("/a", 1), new DataFolder("/c"));
        store.FileMode.Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }

    [Fact]
    public void A_missing_file_is_a_problem_with_its_name() =>
        FluentActions.Invoking(() => GlanceOptions.Load(["/nowhere/glance-api.conf"], [])).Should().Throw<ConfigurationInvalidException>().WithMessage("*/nowhere/glance-api.conf*");

    [Fact]
    public void Options_do_not_tell_secrets_when_printed()
    {
        GlanceOptions options = Load("[DEFAULT]\nmetadata_encryption_key = hunter2\n[database]\nconnection = mysql+pymysql://glance:hunter2@db/glance\n[keystone_authtoken]\npassword = hunter2");

        $"{options} {options.Database} {options.KeystoneAuthtoken}".Should().NotContain("hunter2");
    }

    [Fact]
    public void Each_option_is_described_once_and_its_default_is_a_value_it_takes()
    {
        IReadOnlyList<OptionDefinition> all = GlanceOptions.Describe();

        all.GroupBy(option => (option.Section, option.Name)).Where(group => group.Count() > 1).Should().BeEmpty();
        foreach (OptionDefinition option in all.Where(option => option.Default is not null)) option.Invoking(o => o.Check(o.Default!)).Should().NotThrow();
    }

    [Fact]
    public async Task Validating_names_misspelt_options_and_wrong_values_and_says_by_its_exit_code_whether_all_is_right()
    {
        (await ValidateAsync(Write("right.conf", "[DEFAULT]\nbind_port = 9292"))).Should().Be((0, "ok\n"));
        (await ValidateAsync(Write("name.conf", "[DEFAULT]\nbind_prot = 1"))).Should().Be((1, $"error: {folder.FullName}/name.conf:2: [DEFAULT] bind_prot is not an option of Glance; did you mean bind_port?\n"));
        (int exitCode, string text) = await ValidateAsync(Write("value.conf", "[DEFAULT]\nbind_port = x"));

        exitCode.Should().Be(1);
        text.Should().Contain("value.conf:2: [DEFAULT] bind_port: 'x' is not a whole number");

        static async Task<(int, string)> ValidateAsync(string file)
        {
            StringWriter output = new();
            return (await CommandLine.RunAsync(["config", "validate", "--config-file", file], output), output.ToString());
        }
    }

    private GlanceOptions Load(params string[] texts) => GlanceOptions.Load([.. texts.Select((text, index) => Write($"{index}.conf", text))], []);

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
