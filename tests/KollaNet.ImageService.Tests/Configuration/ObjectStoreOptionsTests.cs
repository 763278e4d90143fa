using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Stores.S3;
using KollaNet.ImageService.Stores.Swift;

namespace KollaNet.ImageService.Tests.Configuration;

/// <summary>The sections of Swift and S3 stores.</summary>
public sealed class ObjectStoreOptionsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-config-");

    private string References => Path.Combine(folder.FullName, "glance-swift.conf");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_Kolla_renders_for_Swift_is_understood_without_a_warning()
    {
        File.WriteAllText(References, """
            [swift]
            auth_version = 3
            auth_address = http://10.0.0.10:5000
            user = service:glance
            key = pa$$:word
            project_domain_id = default
            user_domain_id = default
            """);

        SwiftStoreOptions swift = Load($"""
            swift_store_container = glance
            swift_store_multiple_containers_seed = 0
            swift_store_multi_tenant = False
            swift_store_create_container_on_put = True
            swift_store_region = RegionOne
            default_swift_reference = swift
            swift_store_config_file = {References}
            swift_store_auth_insecure = True
            """).Swift!;

        swift.References["swift"].Should().Be(new SwiftReference("http://10.0.0.10:5000", 3, "service:glance", "pa$$:word") { UserDomainId = "default", ProjectDomainId = "default" });
        (swift.References["swift"].ProjectName, swift.References["swift"].UserName).Should().Be(("service", "glance"));
        swift.Should().BeEquivalentTo(new { Container = "glance", ContainerSeed = 0, IsMultiTenant = false, CreateContainerOnPut = true, Region = "RegionOne", IsInsecure = true, HasReferenceFile = true, Interface = "public" });
        (swift.LargeObjectBytes, swift.SegmentBytes).Should().Be((5120L * 1000 * 1024, 200L * 1000 * 1024));
    }

    [Fact]
    public void Every_problem_of_a_Swift_store_is_told_at_once()
    {
        File.WriteAllText(References, "[one]\nauth_version = 2\nuser = glance\nkey = secret\n[two]\nauth_address = nowhere\nuser = glance\nkey = k\n");

        Action load = () => Load($"""
            swift_store_config_file = {References}
            default_swift_reference = three
            swift_store_container = a/b
            swift_store_multi_tenant = true
            swift_store_multiple_containers_seed = 4
            swift_store_large_object_size = 0
            swift_store_endpoint_type = anyURL
            swift_store_cacert = /nowhere/ca.pem
            swift_buffer_on_upload = yes
            """);

        string[] problems = [.. load.Should().Throw<ConfigurationInvalidException>().Which.Problems];
        problems.Should().Contain(problem => problem.Contains("[one] auth_version: must be 3", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("[one] auth_address: is not set", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("[two] auth_address: 'nowhere' is not an http or https url", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("[two] user: 'glance' is not project:user", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("default_swift_reference: 'three' is not one of the sections", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("swift_store_container: 'a/b'", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("swift_store_multiple_containers_seed: has no meaning", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("swift_store_large_object_size: '0' is below", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("swift_store_endpoint_type: 'anyURL'", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("swift_store_cacert: /nowhere/ca.pem does not exist", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("swift_upload_buffer_dir: must name a folder", StringComparison.Ordinal));
        problems.Should().NotContain(problem => problem.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_reference_file_the_section_holds_the_login()
    {
        SwiftStoreOptions swift = Load("""
            swift_store_auth_address = http://10.0.0.10:5000/v3/
            swift_store_user = service:glance
            swift_store_key = secret
            """).Swift!;

        swift.HasReferenceFile.Should().BeFalse();
        (swift.References["ref1"].User, swift.References["ref1"].AuthAddress).Should().Be(("service:glance", "http://10.0.0.10:5000/v3"));
        FluentActions.Invoking(() => Load("swift_store_auth_address = 10.0.0.10:5000\nswift_store_user = service:glance\nswift_store_key = secret")).Should().Throw<ConfigurationInvalidException>()
            .WithMessage("*[objects] swift_store_auth_address: '10.0.0.10:5000' is not an http or https url*");
        FluentActions.Invoking(() => Load("swift_store_user = service:glance")).Should().Throw<ConfigurationInvalidException>().WithMessage("*swift_store_config_file: is not set*");
    }

    [Theory]
    [InlineData("s3.example.org", "http://s3.example.org/")]
    [InlineData("https://s3.example.org:7480", "https://s3.example.org:7480/")]
    [InlineData("http://10.0.0.1:7480/", "http://10.0.0.1:7480/")]
    public void What_Kolla_renders_for_S3_is_understood_without_a_warning(string host, string endpoint)
    {
        S3StoreOptions s3 = Load($"""
            s3_store_host = {host}
            s3_store_access_key = key
            s3_store_secret_key = se/cr+et
            s3_store_bucket = Images_of.old
            s3_store_large_object_size = 200
            s3_store_large_object_chunk_size = 20
            s3_store_bucket_url_format = path
            s3_store_object_buffer_dir = /tmp
            """, "s3").S3!;

        s3.Should().BeEquivalentTo(new
        {
            Endpoint = new Uri(endpoint),
            AccessKey = "key",
            SecretKey = "se/cr+et",
            Bucket = "Images_of.old",
            LargeObjectBytes = 200L << 20,
            PartBytes = 20L << 20,
            Threads = 10,
            Region = "us-east-1",
            Addressing = S3Addressing.Path,
            CreateBucketOnPut = false,
        });
        s3.ToString().Should().NotContain("se/cr+et");
    }

    [Fact]
    public void Every_problem_of_an_S3_store_is_told_at_once()
    {
        Action load = () => Load("""
            s3_store_host = ftp://there
            s3_store_bucket = My_Bucket
            s3_store_bucket_url_format = virtual
            s3_store_large_object_chunk_size = 4
            s3_store_thread_pools = 0
            """, "s3");

        load.Should().Throw<ConfigurationInvalidException>().Which.Problems.Should().HaveCount(6)
            .And.Contain(problem => problem.Contains("s3_store_host: 'ftp://there'", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("s3_store_access_key: is not set", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("s3_store_secret_key: is not set", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("s3_store_bucket: 'My_Bucket' cannot be part of a host's name", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("s3_store_large_object_chunk_size: '4' is below", StringComparison.Ordinal))
            .And.Contain(problem => problem.Contains("s3_store_thread_pools: '0' is below", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_file_store_adds_to_locations_stands_in_a_file_beside_the_configuration()
    {
        string file = Path.Combine(folder.FullName, "nfs.json");
        File.WriteAllText(file, """[{"id": "a", "mountpoint": "/srv", "type": "nfs"}, {"id": "b", "mountpoint": "/srv/images/", "share_location": "nas:/images"}]""");
        StoreOptions store = Load("filesystem_store_metadata_file = nfs.json\nfilesystem_store_datadir = /srv/images", "file");
        LocationMetadata.Of(store.LocationMetadata, "/srv/images/1").Should().BeEquivalentTo(new Dictionary<string, string> { ["id"] = "b", ["mountpoint"] = "/srv/images/", ["share_location"] = "nas:/images" });
        LocationMetadata.Of(store.LocationMetadata, "/srv/other/1")["id"].Should().Be("a");
        LocationMetadata.Of(store.LocationMetadata, "/srv2/1").Should().BeEmpty();

        File.WriteAllText(file, """{"id": "x", "id": "a", "mountpoint": "/srv"}""");
        Load("filesystem_store_metadata_file = nfs.json", "file").LocationMetadata.Should().ContainSingle();
        foreach (string wrong in (string[])["{", "[1]", """{"id": "a"}""", """{"id": 1, "mountpoint": "/"}"""])
        {
            File.WriteAllText(file, wrong);
            FluentActions.Invoking(() => Load("filesystem_store_metadata_file = nfs.json", "file")).Should().Throw<ConfigurationInvalidException>().WithMessage($"*[objects] filesystem_store_metadata_file: {file}: *");
        }

        FluentActions.Invoking(() => Load("filesystem_store_metadata_file = nowhere.json", "file")).Should().Throw<ConfigurationInvalidException>().WithMessage("*nowhere.json*");
    }

    private StoreOptions Load(string section, string type = "swift")
    {
        string file = Path.Combine(folder.FullName, "glance-api.conf");
        File.WriteAllText(file, $"[DEFAULT]\nenabled_backends = objects:{type}\n[glance_store]\ndefault_backend = objects\n[objects]\n{section}\n");
        GlanceOptions options = GlanceOptions.Load([file], []);
        options.Warnings.Should().BeEmpty();
        return options.Stores.Single();
    }
}
