using System.Collections.Immutable;
using KollaNet.Engine.Images;

namespace KollaNet.Engine.Tests.Images;

public sealed class AptSourcesTests
{
    [Fact]
    public void Entries_of_the_hosts_own_release_are_taken_from_both_formats_in_the_files_order()
    {
        Of(
            ("/etc/apt/sources.list", """
                # deb http://old.example/debian bookworm main
                deb http://mirror.example/debian bookworm main contrib   # with a remark
                deb-src http://mirror.example/debian bookworm main
                """),
            ("/etc/apt/sources.list.d/debian.sources", """
                Types: deb deb-src
                URIs: http://mirror.example/debian
                Suites: bookworm-updates
                  bookworm-backports
                Components: main
                Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
                """))
            .Should().Equal(
                "deb http://mirror.example/debian bookworm main contrib",
                "deb http://mirror.example/debian bookworm-updates main",
                "deb http://mirror.example/debian bookworm-backports main");
    }

    [Theory]
    [InlineData("deb https://packages.example/apt cloud-tools-bookworm main")]
    [InlineData("deb http://mirror.example/debian trixie main")]
    [InlineData("deb http://mirror.example/flat ./")]
    [InlineData("deb [arch=amd64 http://broken.example/debian bookworm main")]
    public void Other_peoples_and_other_releases_repositories_stay_out(string line) => Of(("/etc/apt/sources.list", line)).Should().BeEmpty();

    [Fact]
    public void A_stanza_that_is_switched_off_stays_out() => Of(("/etc/apt/sources.list.d/a.sources", """
        Enabled: no
        Types: deb
        URIs: http://mirror.example/debian
        Suites: bookworm
        Components: main
        """)).Should().BeEmpty();

    [Fact]
    public void Trust_in_an_unsigned_mirror_is_kept_and_other_options_are_not() =>
        Of(("/etc/apt/sources.list", "deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm main"),
            ("/etc/apt/sources.list.d/b.sources", "Trusted: yes\nTypes: deb\nURIs: http://other.example/debian\nSuites: bookworm\nComponents: main\n"))
            .Should().Equal("deb [trusted=yes] http://mirror.example/debian bookworm main", "deb [trusted=yes] http://other.example/debian bookworm main");

    [Fact]
    public void An_entry_that_two_files_repeat_comes_once() =>
        Of(("/etc/apt/sources.list", "deb http://mirror.example/debian bookworm main"), ("/etc/apt/sources.list.d/c.list", "deb  http://mirror.example/debian   bookworm main"))
            .Should().ContainSingle();

    private static ImmutableArray<string> Of(params (string Name, string Text)[] files) =>
        AptSources.Of(files.Select(file => KeyValuePair.Create(file.Name, file.Text)), "bookworm");
}
