using System.Runtime.CompilerServices;
using System.Text.Json;

namespace KollaNet.Engine.Tests.Rendering;

/// <summary>The templates and variables that several tests share, read from beside this file.</summary>
internal static class TemplateTable
{
    public static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    public static DocumentVariables Variables { get; } = DocumentVariables.FromJson(VariablesText);

    public static string VariablesText => File.ReadAllText(Path.Combine(Folder(), "variables.json"));

    public static IReadOnlyList<string> Templates { get; } = Read("templates.jsonl");

    /// <summary>Templates on which we differ from Jinja2 on purpose, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Differences { get; } =
        File.ReadLines(Path.Combine(Folder(), "differences.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(pair => pair[0].GetString()!, pair => pair[1].GetString()!);

    private static string[] Read(string name) =>
        [.. File.ReadLines(Path.Combine(Folder(), name)).Select(line => JsonDocument.Parse(line).RootElement.GetString()!)];
}
