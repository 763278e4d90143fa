using KollaNet.Engine.Rendering.Ini;

namespace KollaNet.Engine.Tests.Rendering;

public sealed class IniDocumentTests
{
    public static TheoryData<string, string> Readable => new()
    {
        { "[a]\nk=v\n", "[a]\nk = v\n" },
        { "[a]\nk: v\n", "[a]\nk = v\n" },
        { "[a]\nk = x:y=z\nurl: http://h:1/?q=2\n", "[a]\nk = x:y=z\nurl = http://h:1/?q=2\n" },
        { "# c\n; c\n[a]\n# c\nk = v # kept\n\n\n[b]\n", "[a]\nk = v # kept\n\n[b]\n" },
        { "[a]\nk = 1\nk = 2\nj = 3\nk = 4\n", "[a]\nk = 1\nk = 2\nk = 4\nj = 3\n" },
        { "[a]\nk = 1\n[b]\nx = y\n[a]\nk = 2\n", "[a]\nk = 1\nk = 2\n\n[b]\nx = y\n" },
        { "[a]\nk = one\n  two\n\tthree\nj = x\n", "[a]\nk = one\n    two\n    three\nj = x\n" },
        { "[a]\nk =\n  two\n", "[a]\nk =\n    two\n" },
        { "[a]\nk =\nj = \"q\"\n", "[a]\nk =\nj = \"q\"\n" },
        { "[a]\nk = one\n  x = 1\n", "[a]\nk = one\n    x = 1\n" },
        { "# minimal ceph.conf for 6f\n[global]\n\tfsid = 6f\n\tmon_host = [v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]\n",
            "[global]\nfsid = 6f\nmon_host = [v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]\n" },
        { "[global]\n\tmon_host = a,\n\t\tb\n\tfsid = 1\n", "[global]\nmon_host = a,\n           b\nfsid = 1\n" },
        { "[a]\n  k = 1\n  j = 2\n", "[a]\nk = 1\nj = 2\n" },
        { "[a]\r\nk = v\r\n", "[a]\nk = v\n" },
        { "\uFEFF[a]\nk = v", "[a]\nk = v\n" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_file_reads_as_oslo_config_reads_it(string text, string written)
    {
        IniDocument document = IniDocument.Parse(text, "f.conf");
        document.ToString().Should().Be(written);
        IniDocument.Parse(written, "again").ToString().Should().Be(written);
    }

    [Theory]
    [InlineData("k = v\n", "f.conf:1:1: a section such as [DEFAULT] must come before 'k'")]
    [InlineData("[a]\nk = v\npassword hunter2\n", "f.conf:3:1: 'password' is neither a section nor 'key = value'")]
    [InlineData("[a\n", "f.conf:1:1: the section's name must end with ']'")]
    [InlineData("[]\n", "f.conf:1:1: the section has no name")]
    [InlineData("[a] b\n", "f.conf:1:4: unexpected text after the section's name")]
    [InlineData("[a]\n  = v\n", "f.conf:2:3: there is no key before '='")]
    [InlineData("[a]\n\tword\n", "f.conf:2:2: 'word' is neither a section nor 'key = value'")]
    [InlineData("[a]\nk = v\n\n  late\n", "f.conf:4:3: 'late' is neither a section nor 'key = value'")]
    public void An_error_names_file_line_column_and_problem(string text, string message)
    {
        Action parse = () => IniDocument.Parse(text, "f.conf");
        parse.Should().Throw<IniException>().Which.What.Should().Be(message);
    }

    [Fact]
    public void A_stronger_file_replaces_all_values_of_a_key_and_moves_nothing()
    {
        IniDocument merged = IniDocument.Merge(
            IniDocument.Parse("[DEFAULT]\ndebug = False\nbackends = a\nbackends = b\n[store]\npath = /x\n", "template"),
            IniDocument.Parse("[new]\nk = 1\n[DEFAULT]\nbackends = c\nworkers = 2\n", "global.conf"),
            IniDocument.Parse("[DEFAULT]\nworkers = 3\nworkers = 4\ndebug =\n", "host"));

        merged.ToString().Should().Be("[DEFAULT]\ndebug =\nbackends = c\nworkers = 3\nworkers = 4\n\n[store]\npath = /x\n\n[new]\nk = 1\n");
        merged.Find("DEFAULT", "workers").Should().Equal("3", "4");
        merged.Find("DEFAULT", "nope").Should().BeEmpty();
        merged.Find("nope", "k").Should().BeEmpty();
    }

    [Fact]
    public void Merging_a_file_with_itself_or_with_nothing_changes_nothing()
    {
        IniDocument document = IniDocument.Parse("[b]\nk = 1\nk = 2\n[a]\nz = 1\ny = 2\n", "f");
        IniDocument.Merge(document).ToString().Should().Be(document.ToString());
        IniDocument.Merge(document, document).ToString().Should().Be(document.ToString());
        IniDocument.Merge(IniDocument.Parse("", "empty"), document).ToString().Should().Be(document.ToString());
    }

    [Fact]
    public void A_MariaDB_option_file_keeps_bare_keys_and_directives()
    {
        IniDocument document = IniDocument.Parse(
            "!includedir /etc/mysql/conf.d/\n[mysqld]\nskip_name_resolve\nbind-address = 10.0.0.1\n  port=3306\nsql_mode=A:B\n!include /etc/x.cnf\n", "galera.cnf", IniDialect.MariaDb);

        document.ToString().Should().Be(
            "!includedir /etc/mysql/conf.d/\n\n[mysqld]\nskip_name_resolve\nbind-address = 10.0.0.1\nport = 3306\nsql_mode = A:B\n!include /etc/x.cnf\n");
        document.Find("mysqld", "skip_name_resolve").Should().Equal([null]);
        Action noGroup = () => IniDocument.Parse("skip_name_resolve\n", "galera.cnf", IniDialect.MariaDb);
        noGroup.Should().Throw<IniException>().WithMessage("galera.cnf:1:1:*");
    }
}
