using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KollaNet.Engine.Site;
using KollaNet.Engine.Site.Passwords;

namespace KollaNet.Engine.Tests.Site;

public sealed class PasswordFileTests : IDisposable
{
    private readonly SiteFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Only_empty_keys_are_filled_and_everything_else_stays_as_it_was()
    {
        folder.Write("etc/passwords.yml", "---\n# The database.\ndatabase_password:   # root\n\nkeystone_admin_password: 'mine: # really'\nrbd_secret_uuid: ~\nother_password: \"\"\ndocker_registry_password:\n# The end.\n");

        PasswordReport report = PasswordFile.Generate(File("passwords.yml"), []);

        report.Filled.Should().Equal("database_password", "rbd_secret_uuid", "other_password");
        Text("passwords.yml").Should().MatchRegex(
            "^---\n# The database\\.\ndatabase_password: [A-Za-z0-9]{40}   # root\n\nkeystone_admin_password: 'mine: # really'\nrbd_secret_uuid: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\nother_password: [A-Za-z0-9]{40}\ndocker_registry_password:\n# The end\\.\n$");
    }

    [Fact]
    public void The_file_is_private_afterwards_and_nothing_is_left_beside_it()
    {
        folder.Write("etc/passwords.yml", "database_password:\n");
        System.IO.File.SetUnixFileMode(File("passwords.yml"), UnixFileMode.UserRead | UnixFileMode.OtherRead);

        PasswordFile.Generate(File("passwords.yml"), []);

        System.IO.File.GetUnixFileMode(File("passwords.yml")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(folder.ConfigFolder).Select(Path.GetFileName).Should().BeEquivalentTo("globals.yml", "passwords.yml");
    }

    [Fact]
    public void A_missing_file_is_made_with_what_the_services_need_and_a_second_run_changes_nothing()
    {
        ImmutableArray<PasswordNeed> needs = PasswordNeed.ReadAll(SiteFolder.RealTemplates, out _);

        PasswordFile.Generate(File("passwords.yml"), needs).Added.Should().Contain(["database_password", "keystone_admin_password", "glance_keystone_password"]);
        string first = Text("passwords.yml");
        PasswordReport again = PasswordFile.Generate(File("passwords.yml"), needs);

        again.Filled.Concat(again.Added).Should().BeEmpty();
        Text("passwords.yml").Should().Be(first);
        folder.Problems().Should().BeEmpty();
    }

    [Fact]
    public void An_ssh_key_becomes_a_pair_that_belongs_together()
    {
        folder.Write("etc/passwords.yml", "kolla_ssh_key:\n  private_key:\n  public_key:\nlast: set\n");

        PasswordFile.Generate(File("passwords.yml"), []).Filled.Should().Equal("kolla_ssh_key");

        Match match = Regex.Match(Text("passwords.yml"), "^kolla_ssh_key:\n  private_key: \\|\n(?<pem>(    .*\n)+)  public_key: ssh-rsa (?<public>\\S+)\nlast: set\n$");
        match.Success.Should().BeTrue();
        using var rsa = System.Security.Cryptography.RSA.Create();
        rsa.ImportFromPem(match.Groups["pem"].Value.Replace("    ", "", StringComparison.Ordinal));
        rsa.KeySize.Should().Be(4096);
        Convert.FromBase64String(match.Groups["public"].Value).AsSpan(^512..).SequenceEqual(rsa.ExportParameters(false).Modulus).Should().BeTrue();
    }

    [Theory]
    [InlineData(PasswordKind.BcryptSalt, "^[./A-Za-z0-9]{21}[.Oeu]$")]
    [InlineData(PasswordKind.FernetKey, "^[-_A-Za-z0-9]{43}=$")]
    [InlineData(PasswordKind.HmacMd5, "^[0-9a-f]{32}$")]
    [InlineData(PasswordKind.Uuid, "^[0-9a-f-]{36}$")]
    public void Each_kind_has_its_form(PasswordKind kind, string pattern)
    {
        folder.Write("etc/passwords.yml", "some_key:\n");

        PasswordFile.Generate(File("passwords.yml"), [new PasswordNeed("some", "some_key", kind)]);

        Text("passwords.yml")["some_key: ".Length..].TrimEnd().Should().MatchRegex(pattern);
    }

    [Fact]
    public void A_broken_file_is_reported_and_left_alone()
    {
        folder.Write("etc/passwords.yml", "a_password:\n\tb: c\n");

        Action generate = () => PasswordFile.Generate(File("passwords.yml"), []);

        generate.Should().Throw<SiteInvalidException>().Which.Problems.Single().Problem.Should().Be("a tab starts this line; YAML is indented with blanks only");
        Text("passwords.yml").Should().Be("a_password:\n\tb: c\n");
    }

    [Fact]
    public void A_folder_that_is_missing_is_not_made()
    {
        string folderName = File("nosuch");

        Action generate = () => PasswordFile.Generate(Path.Combine(folderName, "passwords.yml"), []);

        generate.Should().Throw<KollaNetException>().Which.Why.Should().Be($"there is no folder {folderName}");
        Directory.Exists(folderName).Should().BeFalse();
    }

    [Theory]
    [InlineData(false, "# new file\na: 'old a'\nb: new-b\n# c is new\nc:\n\n# Only in the old file\ngone:\n  private_key: x\n")]
    [InlineData(true, "# new file\na: 'old a'\nb: new-b\n# c is new\nc:\n")]
    public void Merging_carries_set_values_into_the_new_file(bool clean, string expected)
    {
        folder.Write("etc/old.yml", "b:\na: 'old a'\ngone:\n  private_key: x\n").Write("etc/new.yml", "# new file\na:\nb: new-b\n# c is new\nc:\n");

        PasswordReport report = PasswordFile.Merge(File("old.yml"), File("new.yml"), File("final.yml"), clean);

        report.Filled.Should().Equal("a");
        Text("final.yml").Should().Be(expected);
    }

    private string File(string name) => Path.Combine(folder.ConfigFolder, name);

    private string Text(string name) => System.IO.File.ReadAllText(File(name));
}
