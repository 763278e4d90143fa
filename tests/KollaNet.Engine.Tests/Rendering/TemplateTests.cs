using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Tests.Rendering;

public sealed class TemplateTests
{
    public static TheoryData<string, string> Errors => new()
    {
        { "a\nb = {{ nope }}", "f.j2:2:8: 'nope' is undefined" },
        { "{{ backend.nope }}", "f.j2:1:12: 'backend.nope' is undefined" },
        { "{{ backend['nope'] }}", "f.j2:1:12: 'backend.nope' is undefined" },
        { "{{ hosts[7] }}", "f.j2:1:10: 'hosts[7]' is undefined" },
        { "{{ nope.x | default(1) }}", "f.j2:1:4: 'nope' is undefined" },
        { "{%if x%}", "f.j2:1:3: 'if' is never closed" },
        { "x\n{% for h in hosts %}\n{% if t %}{% endif %}", "f.j2:2:4: 'for' is never closed" },
        { "{{ x|zz }}", "f.j2:1:6: unknown filter 'zz'" },
        { "{{ hosts | map('zz') }}", "f.j2:1:12: unknown filter 'zz'" },
        { "{{ x is zz }}", "f.j2:1:9: unknown test 'zz'" },
        { "{% zz %}", "f.j2:1:4: unknown tag 'zz'" },
        { "a\n  {% include 'b' %}", "f.j2:2:6: 'include' is not supported" },
        { "{% for x in y recursive %}", "f.j2:1:15: 'recursive' is not supported" },
        { "{{ lookup('env', 'HOME') }}", "f.j2:1:4: 'lookup' is not supported: a template sees nothing but the site's variables" },
        { "{% endif %}", "f.j2:1:4: 'endif' closes nothing" },
        { "{% if t %}{% endfor %}", "f.j2:1:14: 'endfor' does not close 'if'" },
        { "{{ n", "f.j2:1:1: '{{' is never closed with '}}'" },
        { "{% if t", "f.j2:1:1: '{%' is never closed with '%}'" },
        { "{# n", "f.j2:1:1: the comment '{#' is never closed" },
        { "{% raw %}", "f.j2:1:1: 'raw' is never closed" },
        { "{{ 'a }}", "f.j2:1:4: the string is never closed" },
        { "{{ (1 }}", "f.j2:1:7: unexpected '}', expected ')'" },
        { "{{ 1 2 }}", "f.j2:1:6: unexpected '2', expected '}}'" },
        { "{{ }}", "f.j2:1:4: unexpected '}}', expected an expression" },
        { "{{ 1 + 'a' }}", "f.j2:1:6: unsupported operand type(s) for +: 'int' and 'str'" },
        { "{{ 1 // 0 }}", "f.j2:1:6: integer division or modulo by zero" },
        { "{{ n < s }}", "f.j2:1:6: '<' not supported between instances of 'int' and 'str'" },
        { "{{ 5 | length }}", "f.j2:1:8: object of type 'int' has no len()" },
        { "{{ s | replace('a') }}", "f.j2:1:8: 'replace' needs the argument 'new'" },
        { "{{ s | upper(1) }}", "f.j2:1:8: 'upper' takes at most 0 arguments, not 1" },
        { "{{ hosts | join(x=1) }}", "f.j2:1:12: 'join' has no argument 'x'" },
        { "{% for x in 5 %}{% endfor %}", "f.j2:1:13: 'int' object is not iterable" },
        { "{{ hosts.append(1) }}", "f.j2:1:10: 'append' would change a value in place, which is not supported; build a new one with '+', 'combine' or a filter" },
        { "{{ '::1' | put_address_in_context('x') }}", "f.j2:1:12: unknown context 'x': use 'url' or 'memcache'" },
        { "#jinja2: block_start_string: '<%'\nx", "f.j2:1:9: the Jinja2 override 'block_start_string' must be True or False, not ''<%''" },
        { "#jinja2: trim_blocks: False\n{{ nope }}", "f.j2:2:4: 'nope' is undefined" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_names_file_line_column_and_problem(string template, string message)
    {
        Action render = () => Template.Parse(template, "f.j2").Render(TemplateTable.Variables);
        render.Should().Throw<TemplateException>().Which.What.Should().Be(message);
    }

    [Fact]
    public void A_value_inside_another_file_is_placed_by_where_it_begins()
    {
        Action first = () => Template.Parse("a {{ nope }}", "globals.yml", 12, 8).Render(DocumentVariables.None);
        Action second = () => Template.Parse("a\n{{ nope }}", "globals.yml", 12, 8).Render(DocumentVariables.None);
        first.Should().Throw<TemplateException>().Which.What.Should().Be("globals.yml:12:13: 'nope' is undefined");
        second.Should().Throw<TemplateException>().Which.What.Should().Be("globals.yml:13:4: 'nope' is undefined");
    }

    [Fact]
    public void An_expression_alone_keeps_its_kind_and_anything_more_makes_it_text()
    {
        Evaluate("{{ 1 + 2 }}").Should().Be(3L);
        Evaluate("{{ -n }}").Should().Be(-3L);
        Evaluate("{{ 7 / 2 }}").Should().Be(3.5);
        Evaluate("{{ t }}").Should().Be(true);
        Evaluate("{{ none }}").Should().BeNull();
        Evaluate("{{ '5' }}").Should().Be("5");
        Evaluate("{{ hosts }}").Should().BeEquivalentTo(new object[] { "a", "b", "c" }, options => options.WithStrictOrdering());
        Evaluate("{{ {'a': (1, 2)} }}").Should().BeEquivalentTo(new Dictionary<string, object?> { ["a"] = new object[] { 1L, 2L } });
        Evaluate("{{ 1 if f }}").Should().Be("");
        Evaluate("{{ 1 }} ").Should().Be("1 ");
        Evaluate("{{ 1 }}{{ 2 }}").Should().Be("12");
        Evaluate("{% if t %}1{% endif %}").Should().Be("1");
        Evaluate("plain").Should().Be("plain");
    }

    [Fact]
    public void Only_a_text_without_tags_is_constant()
    {
        Template.Parse("a { b } % c", "t").IsConstant.Should().BeTrue();
        Template.Parse("", "t").IsConstant.Should().BeTrue();
        Template.Parse("{{ 1 }}", "t").IsConstant.Should().BeFalse();
        Template.Parse("{% if x %}{% endif %}", "t").IsConstant.Should().BeFalse();
    }

    [Theory]
    [InlineData("{{ a.b | default(c) }}{% if d is defined %}{% endif %}", "a,c,d")]
    [InlineData("{% for x in xs if x != y %}{{ x }}{{ loop.index }}{% else %}{{ z }}{% endfor %}", "xs,y,z")]
    [InlineData("{% for x in [1] %}{% endfor %}{{ x }}", "x")]
    [InlineData("{% set x = x + 1 %}{{ x }}", "x")]
    [InlineData("{% set q = 1 %}{{ q }}", "")]
    [InlineData("{% if a %}{% set q = 1 %}{{ q }}{% endif %}{{ q }}", "a,q")]
    [InlineData("{% macro m(p, o=dflt) %}{{ p }}{{ o }}{{ free }}{% endmacro %}{{ m(arg) }}", "arg,dflt,free")]
    [InlineData("{% with w = v %}{{ w }}{% endwith %}", "v")]
    [InlineData("{% call(c) m(a) %}{{ c }}{{ b }}{% endcall %}", "a,b,m")]
    [InlineData("{{ hosts | map('extract', hostvars, k) | list }}{{ x[i:j] }}{{ {'k': v} }}{{ f(*args, **more) }}", "args,f,hosts,hostvars,i,j,k,more,v,x")]
    [InlineData("{{ range(n) }}{{ namespace() }}{% raw %}{{ hidden }}{% endraw %}{# {{ hidden }} #}", "n")]
    public void Names_are_those_that_must_come_from_outside(string template, string names) =>
        string.Join(',', Template.Parse(template, "t").Names.Order(StringComparer.Ordinal)).Should().Be(names);

    [Fact]
    public void Default_saves_an_undefined_member_but_never_an_undefined_name_on_the_way_to_it()
    {
        Evaluate("{{ backend.nope | default('d') }}").Should().Be("d");
        Evaluate("{{ nope | default('d') }}").Should().Be("d");
        Action hidden = () => Evaluate("{{ nope.x | default('d') }}");
        hidden.Should().Throw<TemplateException>();
    }

    [Fact]
    public void An_embedder_adds_filters_that_see_the_variables()
    {
        TemplateFilters filters = TemplateFilters.Standard.With("kolla_address", call =>
        {
            call.Variables.TryGet("groups", out object? groups).Should().BeTrue();
            return call.Text == "api" ? $"10.0.0.1@{call.TextArgument(0, "self")}" : throw FilterCall.Fail($"no network '{call.Text}'");
        }, "host?");

        Template.Parse("{{ 'api' | kolla_address }} {{ ['api'] | map('kolla_address', 'h2') | first }}", "t", filters: filters)
            .Render(TemplateTable.Variables).Should().Be("10.0.0.1@self 10.0.0.1@h2");
        Action wrong = () => Template.Parse("x: {{ 'x' | kolla_address }}", "t", filters: filters).Render(TemplateTable.Variables);
        wrong.Should().Throw<TemplateException>().Which.What.Should().Be("t:1:13: no network 'x'");
        TemplateFilters.Standard.Names.Should().NotContain("kolla_address").And.Contain("default");
    }

    [Fact]
    public void One_template_renders_in_many_threads_at_once()
    {
        Template template = Template.Parse("{% set ns = namespace(x=0) %}{% for i in range(50) %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "t");
        string[] rendered = new string[64];
        Parallel.For(0, rendered.Length, i => rendered[i] = template.Render(TemplateTable.Variables));
        rendered.Should().OnlyContain(text => text == "1225");
    }

    private static object? Evaluate(string template) => Template.Parse(template, "t").Evaluate(TemplateTable.Variables);
}
