using System.Diagnostics;
using System.Text.Json;
using KollaNet.Engine.Rendering;
using KollaNet.TestHost;

namespace KollaNet.Engine.Tests.Rendering;

/// <summary>Every template of the table gives what the real Jinja2 gives, byte for byte, or fails where it fails.</summary>
public sealed class JinjaOracleTests
{
    private sealed record Answer(bool Succeeded, string Text);

    [Fact]
    public async Task Every_template_renders_as_the_real_Jinja2_renders_it()
    {
        IReadOnlyList<Answer> expected = await AskJinja(TemplateTable.Templates);

        var surprises = new List<string>();
        for (int i = 0; i < expected.Count; i++)
        {
            string template = TemplateTable.Templates[i];
            Answer ours = Render(template);
            bool same = ours.Succeeded == expected[i].Succeeded && (!ours.Succeeded || ours.Text == expected[i].Text);
            if (same != TemplateTable.Differences.ContainsKey(template)) continue;
            surprises.Add($"{JsonSerializer.Serialize(template)}\n  Jinja2: {expected[i]}\n  ours:   {ours}{(same ? "\n  which is the same, though listed as a difference" : "")}");
        }
        surprises.Should().BeEmpty();
        expected.Count(answer => answer.Succeeded).Should().BeGreaterThan(400, "an oracle that refuses everything proves nothing");
    }

    private static Answer Render(string template)
    {
        try
        {
            return new Answer(true, Template.Parse(template, "t").Render(TemplateTable.Variables));
        }
        catch (TemplateException e)
        {
            return new Answer(false, e.Message);
        }
    }

    private static async Task<IReadOnlyList<Answer>> AskJinja(IReadOnlyList<string> templates)
    {
        using JsonDocument variables = JsonDocument.Parse(TemplateTable.VariablesText);
        string input = JsonSerializer.Serialize(templates.Select(template => new object[] { template, variables.RootElement }));
        using JsonDocument output = JsonDocument.Parse(await RunPython(input));
        return [.. output.RootElement.EnumerateArray().Select(answer => new Answer(answer[0].GetBoolean(), answer[1].GetString()!))];
    }

    private static async Task<string> RunPython(string input)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(TemplateTable.Folder(), "oracle.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await TestMachine.EnsurePackagesAsync(cancel, "python3", "python3-jinja2");
        using Process python = Process.Start(start)!;
        Task<string> output = python.StandardOutput.ReadToEndAsync(cancel), errors = python.StandardError.ReadToEndAsync(cancel);
        try
        {
            await python.StandardInput.WriteAsync(input.AsMemory(), cancel);
            python.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read anything; its exit code and messages say why.
        }
        await python.WaitForExitAsync(cancel);
        python.ExitCode.Should().Be(0, await errors);
        return await output;
    }
}
