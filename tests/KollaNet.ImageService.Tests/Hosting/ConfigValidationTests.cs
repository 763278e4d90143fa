using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary><c>config validate</c> refuses what <c>serve</c> refuses.</summary>
public sealed class ConfigValidationTests : IDisposable
{
    private const string Hash = "$2y$05$jU2fCAAPHY2Etw3xA8h43e4UF7yWKUfaBH2Za452SowqnxQo4LRrC";

    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-validate-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("[paste_deploy]\nflavor = kerberos", "[paste_deploy] flavor: 'kerberos' is not one of*")]
    [InlineData("[paste_deploy]\nflavor = http_basic", "[DEFAULT] http_basic_auth_user_file is needed with*")]
    [InlineData("[paste_deploy]\nflavor = http_basic\n[DEFAULT]\nhttp_basic_auth_user_file = /nowhere/users", "[DEFAULT] http_basic_auth_user_file*: there is no file /nowhere/users")]
    [InlineData("[paste_deploy]\nflavor = keystone+caching\n[keystone_authtoken]\nauth_url = http://x\nusername = glance", "[keystone_authtoken] password is needed with*")]
    [InlineData("[DEFAULT]\nuse_keystone_limits = true\n[keystone_authtoken]\nauth_url = http://x\nusername = glance", "[oslo_limit] password is needed with*")]
    [InlineData("[database]\nconnection = postgresql://glance:secret@db/glance", "[database] connection begins with 'postgresql://'*")]
    [InlineData("[DEFAULT]\nenabled_backends = fast:floppy\n[glance_store]\ndefault_backend = fast", "*store fast has the unknown type floppy*")]
    [InlineData("[image_import_opts]\nimage_import_plugins = no_op, image_polish", "*'image_polish' is not known*")]
    [InlineData("[DEFAULT]\ncert_file = /nowhere/cert.pem\nkey_file = /dev/null", "[DEFAULT] cert_file: there is no file /nowhere/cert.pem")]
    [InlineData("[DEFAULT]\ncert_file = /dev/null\nkey_file = /dev/null", "[DEFAULT] cert_file, key_file, ca_file:*")]
    [InlineData("[DEFAULT]\nlog_file = /dev/null/glance.log", "[DEFAULT] log_file, log_dir: /dev/null/glance.log cannot be written:*")]
    [InlineData("[DEFAULT]\nlog_dir = /\nlog_file = tmp", "[DEFAULT] log_file, log_dir: /tmp cannot be written: it is a folder")]
    [InlineData("[DEFAULT]\nbind_host = nowhere.invalid", "[DEFAULT] bind_host: 'nowhere.invalid' has no address*")]
    [InlineData("[metrics]\nbind_port = 9292", "[metrics] bind_host, bind_port: 127.0.0.1:9292 is taken by this configuration itself: the API listens on 0.0.0.0:9292*")]
    [InlineData("[DEFAULT]\nbind_host = ::1\nbind_port = 80\n[metrics]\nbind_host = *\nbind_port = 80", "*is taken by this configuration itself: the API listens on [::1]:80*")]
    [InlineData("[DEFAULT]\nbind_host = 0.0.0.0, 127.0.0.1", "[DEFAULT] bind_host: 0.0.0.0:9292 and 127.0.0.1:9292 are both in it*")]
    [InlineData("[DEFAULT]\nimage_cache_dir = /tmp/x\nimage_cache_driver = centralized_db", "[DEFAULT] worker_self_reference_url is needed*")]
    [InlineData("[DEFAULT]\nmetadata_encryption_key = short", "[DEFAULT] metadata_encryption_key has 5 bytes*")]
    [InlineData("[barbican]\nverify_ssl_path = /nowhere/ca.pem", "[barbican] verify_ssl_path: /nowhere/ca.pem cannot be used:*")]
    public async Task What_a_start_would_refuse_is_refused(string text, string problem)
    {
        (int code, string[] lines) = Validate(text);
        code.Should().Be(1);
        lines.Should().ContainSingle().Which.Should().Match($"error: {problem}");
        await FluentActions.Awaiting(() => CommandLine.RunAsync(["serve", "--config-file", ConfigFile], TextWriter.Null).WaitAsync(TimeSpan.FromSeconds(60))).Should().ThrowAsync<ConfigurationInvalidException>();
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        (_, string[] lines) = Validate("[DEFAULT]\nbind_prot = 1\nworkers = many\ncert_file = /nowhere/c\nkey_file = /nowhere/k\n[paste_deploy]\nflavor = keystone\n[database]\nconnection = postgresql://x");
        string[] told = ["bind_prot is not an option", "workers: 'many'", "cert_file: there is", "key_file: there is", "auth_url", "username", "password", "postgresql"];
        lines.Should().HaveCount(told.Length);
        foreach (string one in told) lines.Should().Contain(line => line.Contains(one));
    }

    [Theory]
    [InlineData("[DEFAULT]\nbind_host = nowhere.invalid, 127.0.0.1")]
    [InlineData("[DEFAULT]\ncert_file = /nowhere/cert.pem\nkey_file = /nowhere/key.pem")]
    [InlineData("[DEFAULT]\nlog_file = /dev/null/glance.log")]
    [InlineData("[paste_deploy]\nflavor = http_basic\n[DEFAULT]\nhttp_basic_auth_user_file = /nowhere/users")]
    [InlineData("[barbican]\nverify_ssl_path = /nowhere/ca.pem")]
    [InlineData("[glance_store]\nfilesystem_store_datadir = /dev/null/images\nfilesystem_store_required_mounts = /nowhere:nfs")]
    public void What_may_be_right_on_the_machine_that_serves_is_not_refused_on_another(string text)
    {
        (int code, string[] lines) = Validate(text, isElsewhere: true);
        (code, lines[^1]).Should().Be((0, "ok"));
        lines[0].Should().StartWith("note: this machine has no network");
        Validate("[paste_deploy]\nflavor = kerberos\n[metrics]\nbind_port = 9292", isElsewhere: true).Code.Should().Be(1);
    }

    [Fact]
    public void Users_who_cannot_log_in_are_named_and_their_hashes_are_not()
    {
        string users = Path.Combine(folder, "users");
        File.WriteAllText(users, $"# people\n\nalice:{Hash}\nbob:$apr1$abcdefgh$0123456789012345678901\nlonelyhash\n");
        (int code, string[] lines) = Validate($"[paste_deploy]\nflavor = http_basic\n[DEFAULT]\nhttp_basic_auth_user_file = {users}");
        code.Should().Be(1);
        lines.Should().HaveCount(2);
        lines[0].Should().StartWith($"error: {users}: line 4: what user bob has is no bcrypt hash").And.NotContain("apr1");
        lines[1].Should().Be($"error: {users}: line 5 is not user:hash");
        File.WriteAllText(users, $"alice:{Hash}\n");
        Validate($"[paste_deploy]\nflavor = http_basic\n[DEFAULT]\nhttp_basic_auth_user_file = {users}").Code.Should().Be(0);
    }

    private string ConfigFile => Path.Combine(folder, "glance-api.conf");

    private (int Code, string[] Lines) Validate(string text, bool isElsewhere = false)
    {
        File.WriteAllText(ConfigFile, text);
        using StringWriter output = new() { NewLine = "\n" };
        int code = ConfigValidation.Validate([ConfigFile], [], isElsewhere, output, output);
        return (code, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
