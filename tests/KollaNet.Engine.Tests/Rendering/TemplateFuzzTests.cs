using System.Text;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Rendering.Ini;

namespace KollaNet.Engine.Tests.Rendering;

/// <summary>Broken input ends in an error that names its place: no other exception, no endless loop, no exhausted memory or stack.</summary>
public sealed class TemplateFuzzTests
{
    private static readonly string[] Pieces =
        ["{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", ".", ",", ":", "*", "**", "//", "%", "~", "=", "==",
            " is ", " not ", " in ", " if ", " else ", "{% endif %}", "{% endfor %}", "{% for x in hosts %}", "{% raw %}", "0", "9", "9223372036854775807",
            "-9223372036854775807", "1e308", "nope", "hosts", "backend", "n", "s", "| list", "| sort", "| first", "| int", "*args", "\n", "\t", "é", "😀", "\uD800", "\0"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Mutated_templates_render_or_fail_with_their_place(int seed)
    {
        var random = new Random(seed);
        int rendered = 0, failed = 0;
        for (int i = 0; i < 5000; i++)
        {
            string template = Mutate(TemplateTable.Templates[random.Next(TemplateTable.Templates.Count)], random);
            try
            {
                Template parsed = Template.Parse(template, "fuzz");
                parsed.Render(TemplateTable.Variables);
                parsed.Evaluate(TemplateTable.Variables);
                rendered++;
            }
            catch (TemplateException e)
            {
                e.Line.Should().BePositive();
                e.Column.Should().BePositive();
                failed++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name} from the template {template}\n{e}");
            }
        }
        rendered.Should().BeGreaterThan(300);
        failed.Should().BeGreaterThan(300);
    }

    private static string Mutate(string template, Random random)
    {
        var text = new StringBuilder(template);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int at = random.Next(text.Length + 1);
            switch (random.Next(4))
            {
                case 0: text.Insert(at, Pieces[random.Next(Pieces.Length)]); break;
                case 1 when at < text.Length: text.Remove(at, Math.Min(random.Next(1, 4), text.Length - at)); break;
                case 2: text.Insert(at, TemplateTable.Templates[random.Next(TemplateTable.Templates.Count)]); break;
                default: text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 12), text.Length - at))); break;
            }
        }
        return text.ToString();
    }

    public static TheoryData<string> Hostile =>
    [
        "{{ range(1000000000) }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'a' * 100000000000 }}",
        "{{ [1] * 100000000000 }}",
        "{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | to_json }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | flatten }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(10000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{{ 'x' | replace('', 'y') }}",
        "{{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}",
        "{{ ('b' * 1000000).join(['a'] * 1000000) }}",
        "{{ (['a'] * 1000000) | join('b' * 1000000) }}",
        "{{ 'a' | indent(10000000000) }}",
        "{{ '%9999d%9999d' % (1, 2) * 100000 }}",
        "{{ '1'.zfill(2000000000) }}",
        "{{ ('a' * 40 ~ '!') | regex_search('^(a+)+$') }}",
        "{{ ('a' * 1000000) | regex_replace('a', 'b' * 100000) }}",
        "{{ [1] | batch(1000000000000, 'x') }}",
        "{{ 2 ** 100000000000 }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ (-9223372036854775807 - 1) // -1 }}",
        "{{ (-9223372036854775807 - 1) | abs }}",
        "{{ 99999999999999999999 }}",
        "{{ '99999999999999999999' | int }}",
        "{{ ('[' * 100000) | from_json }}",
        "{{ ((1, 2), 3) | groupby('a') }}",
        "{{ {[1]: 2} }}",
        "{{ hosts[nope] }}",
        "{{ namespace | to_json }}",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_templates_are_refused(string template)
    {
        Action render = () => Template.Parse(template, "hostile").Render(TemplateTable.Variables);
        render.Should().Throw<TemplateException>();
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "1", "]")]
    [InlineData("not ", "1", "")]
    [InlineData("- ", "1", "")]
    [InlineData("1 if 1 else ", "1", "")]
    [InlineData("", "1", " + 1")]
    [InlineData("", "hosts", ".x")]
    [InlineData("", "s", " | upper")]
    [InlineData("", "1", " if 1")]
    [InlineData("{1: ", "1", "}")]
    [InlineData("dict(a=", "1", ")")]
    public void Expressions_nested_without_end_are_refused_or_rendered_but_never_overflow(string before, string core, string after)
    {
        const int Times = 50_000;
        string template = "{{ " + string.Concat(Enumerable.Repeat(before, Times)) + core + string.Concat(Enumerable.Repeat(after, Times)) + " }}";
        Action render = () => Template.Parse(template, "deep").Render(TemplateTable.Variables);
        render.Should().Throw<TemplateException>().Where(e => e.Problem.Contains("deep") || e.Problem.Contains("undefined"));
    }

    [Theory]
    [InlineData("{% if 1 %}", "{% endif %}")]
    [InlineData("{% for x in [1] %}", "{% endfor %}")]
    [InlineData("{% set x %}", "{% endset %}")]
    public void Blocks_nested_without_end_are_refused(string before, string after)
    {
        string template = string.Concat(Enumerable.Repeat(before, 50_000)) + string.Concat(Enumerable.Repeat(after, 50_000));
        Action parse = () => Template.Parse(template, "deep");
        parse.Should().Throw<TemplateException>().WithMessage("*nests too deeply*");
    }

    [Theory]
    [InlineData(IniDialect.Oslo)]
    [InlineData(IniDialect.MariaDb)]
    public void Random_ini_text_reads_back_the_same_or_fails_with_its_place(IniDialect dialect)
    {
        string[] pieces = ["[a]\n", "[b c]\n", "key = v\n", "key: v\n", "k=\n", "  more\n", "\tk2 = 1\n", "# c\n", "; c\n", "\n", "x", "=", "[", "]", " ", "!includedir /d\n", "alone\n", "é = \"q\"\n", "\r\n"];
        var random = new Random(7);
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string text = (i % 2 == 0 ? "[s]\n" : "") + string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                IniDocument document = IniDocument.Parse(text, "f", dialect);
                IniDocument.Parse(document.ToString(), "again", dialect).ToString().Should().Be(document.ToString(), $"of {text}");
                Shape(IniDocument.Parse(document.ToString(), "again", dialect)).Should().Be(Shape(document));
                read++;
            }
            catch (IniException e)
            {
                e.Line.Should().BePositive();
            }
        }
        read.Should().BeGreaterThan(2000);
    }

    private static string Shape(IniDocument document) => string.Join('\n', document.Sections.Select(section =>
        section.Name + ":" + string.Join(';', section.Entries.Select(entry => entry.Key + "=" + string.Join('|', entry.Values.Select(value => value ?? "<alone>"))))));
}
