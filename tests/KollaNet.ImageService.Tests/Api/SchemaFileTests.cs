using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>What an operator's <c>schema-image.json</c> may ask of custom properties. Source: image-api reference 2.14; JSON schema.</summary>
public sealed class SchemaFileTests
{
    private const string Typed = """
        {
          "whole": {"type": "integer", "minimum": -5, "maximum": 9007199254740993},
          "real": {"type": ["number", "null"]},
          "flag": {"type": "boolean"},
          "level": {"type": ["integer", "string"], "enum": [1, 2, "high"]},
          "short": {"type": "string", "minLength": 2, "maxLength": 3},
          "slow": {"type": "string", "pattern": "^(a+)+$"},
          "ahead": {"type": "string", "pattern": "^(?!b)(a+)+$"},
          "any": {"description": "d"}
        }
        """;

    /// <summary>Property, its value in JSON, and the text that is kept; null where the value is refused.</summary>
    public static TheoryData<string, string, string?> Values => new()
    {
        { "whole", "5", "5" },
        { "whole", "-5", "-5" },
        { "whole", "-0", "0" },
        { "whole", "-6", null },
        { "whole", "9007199254740999", null },
        { "whole", "5.5", null },
        { "whole", "\"5\"", null },
        { "whole", "true", null },
        { "whole", "null", null },
        { "whole", "99999999999999999999", null },
        { "real", "5", "5" },
        { "real", "5.0", "5.0" },
        { "real", "1e3", "1000.0" },
        { "real", "-0.5", "-0.5" },
        { "real", "1E-7", "1e-07" },
        { "real", "1e22", "1e+22" },
        { "real", "1e999", "inf" },
        { "real", "99999999999999999999", "99999999999999999999" },
        { "real", "\"5\"", null },
        { "flag", "true", "True" },
        { "flag", "false", "False" },
        { "flag", "1", null },
        { "flag", "\"true\"", null },
        { "level", "1", "1" },
        { "level", "\"high\"", "high" },
        { "level", "3", null },
        { "level", "\"1\"", null },
        { "short", "\"abc\"", "abc" },
        { "short", "\"a\"", null },
        { "short", "\"abcd\"", null },
        { "slow", "\"aaaa\"", "aaaa" },
        { "slow", $"\"{new string('a', 5000)}b\"", null },
        { "ahead", "\"aaaa\"", "aaaa" },
        { "ahead", $"\"{new string('a', 5000)}b\"", null },
        { "any", "\"text\"", "text" },
        { "any", "7", "7" },
        { "any", "[1]", null },
        { "any", "{}", null },
        { "undeclared", "7", null },
    };

    [Fact]
    public async Task Values_are_held_to_their_types_and_kept_as_python_writes_them()
    {
        await using ApiServer api = await WithFileAsync(Typed);
        string id = await api.CreateAsync();
        foreach ((string name, string value, string? kept) in Values.Select(row => row.Data))
        {
            string what = $"{name} {value[..Math.Min(value.Length, 40)]}";
            Answer created = await api.PostAsync(Owner, "/v2/images", $$"""{"{{name}}": {{value}}}""");
            Answer patched = await api.PatchAsync(Owner, id, $$"""[{"op": "add", "path": "/{{name}}", "value": {{value}}}]""");
            (created.Status, patched.Status).Should().Be(kept is null ? (400, 400) : (201, 200), what);
            if (kept is null) continue;
            foreach (JsonNode image in new[] { created.Json, patched.Json, (await api.GetAsync(Owner, $"/v2/images/{id}")).Json }) image[name]!.ToJsonString().Trim('"').Should().Be(kept.Replace("+", "\\u002B", StringComparison.Ordinal), what);
        }

        (await api.GetAsync(Owner, "/v2/images?whole=5")).Json["images"]!.AsArray().Should().ContainSingle();
        (await api.PatchAsync(Owner, id, """[{"op": "replace", "path": "/real", "value": null}]""")).Status.Should().Be(200, "the file allows null");
    }

    [Fact]
    public async Task A_property_that_is_required_is_there_from_the_start_and_stays()
    {
        await using ApiServer api = await WithFileAsync("""{"properties": {"team": {"type": "string"}, "note": {"type": "string"}}, "required": ["team", "name"]}""");

        foreach (string body in new[] { "{}", """{"team": "t"}""", """{"name": "n"}""", """{"name": "n", "Team": "t"}""" }) (await api.PostAsync(Owner, "/v2/images", body)).Status.Should().Be(400, body);
        Answer created = await api.PostAsync(Owner, "/v2/images", """{"name": "n", "team": "t", "note": "x"}""");
        created.Status.Should().Be(201);
        string id = (string)created.Json["id"]!;
        (await Patch("""{"op": "remove", "path": "/team"}""")).Text.Should().Contain("'team' is a required property");
        (await Patch("""{"op": "remove", "path": "/team"}, {"op": "add", "path": "/team", "value": "u"}""")).Status.Should().Be(200);
        (await Patch("""{"op": "remove", "path": "/note"}""")).Status.Should().Be(200);
        ((string?)(await api.GetAsync(Owner, $"/v2/images/{id}")).Json["team"]).Should().Be("u");
        (await api.GetAsync(Owner, "/v2/schemas/image")).Json["required"]!.ToJsonString().Should().Be("""["team","name"]""");

        Task<Answer> Patch(string operations) => api.PatchAsync(Owner, id, $"[{operations}]");
    }

    [Fact]
    public async Task An_image_from_before_a_property_was_required_may_be_changed_without_it()
    {
        await using ApiServer before = await StartAsync(new ApiServer());
        string id = await before.CreateAsync();
        await using ApiServer api = await StartAsync(new ApiServer { Beside = before, Files = Beside("""{"properties": {"team": {"type": "string"}}, "required": ["team"]}""") });

        (await api.PatchAsync(Owner, id, """[{"op": "replace", "path": "/name", "value": "new"}]""")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("""{"a": {"type": "array"}, "b": {"type": ["string", "object"]}, "c": {"type": "int"}, "d": "string"}""",
        "a: values of type 'array' cannot be kept; supported are string, integer, number, boolean, null", "b: values of type 'object'", "c: 'int' is not a type of JSON schema", "d: it is not an object of rules")]
    [InlineData("""{"a": {"pattern": "("}, "b": {"pattern": 5}, "c": {"enum": "x"}, "d": {"maxLength": -1}, "e": {"minimum": "x"}}""",
        "a: pattern is not a regular expression", "b: pattern is not a text", "c: enum is not a list", "d: maxLength is not a number of characters", "e: minimum is not a number")]
    [InlineData("""{"a": {"type": "string", "anyOf": []}}""", "a: 'anyOf' is not supported; supported are type, enum")]
    [InlineData("""{"properties": {}, "required": "team"}""", "required is not a list of names")]
    [InlineData("[]", "is not a JSON object of properties")]
    [InlineData("{", "is not JSON")]
    [InlineData("""{"a": {}, "a": {}}""", "is not JSON")]
    public async Task A_file_that_cannot_be_kept_to_stops_the_start_and_every_problem_is_named(string file, params string[] problems)
    {
        await using var api = new ApiServer { Files = Beside(file) };
        ConfigurationInvalidException failure = (await api.Invoking(server => server.InitializeAsync().AsTask()).Should().ThrowAsync<ConfigurationInvalidException>()).Which;

        failure.Problems.Should().HaveCount(problems.Length);
        foreach (string problem in problems) failure.Problems.Should().ContainMatch($"*schema-image.json*{problem}*");
        using var errors = new StringWriter();
        ConfigValidation.Validate([api.ConfigFile], [], isElsewhere: false, TextWriter.Null, errors).Should().Be(1);
        errors.ToString().Should().Contain(problems[0]);
    }

    private static Task<ApiServer> WithFileAsync(string file) => StartAsync(new ApiServer { Files = Beside(file) });

    private static Dictionary<string, string> Beside(string file) => new() { ["schema-image.json"] = file, ["policy.yaml"] = "{}\n" };
}
