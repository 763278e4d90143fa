using System.CommandLine;
using KollaNet.Engine;

namespace KollaNet.Cli.Commands;

/// <summary><c>kollanet status</c>: exit code 1 when something is not well.</summary>
internal static class StatusCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("status", "Show containers, health, endpoints and versions.");
        command.SetAction(async (line, cancel) =>
        {
            StatusReport report = await session.Deployment().StatusAsync(session.Site(line), cancel);
            Write(session.Services.Out, report);
            return report.AllWell ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static void Write(TextWriter output, StatusReport report)
    {
        string[][] containers = [["CONTAINER", "HOST", "STATE", "HEALTH", "UP", "IMAGE", ""], .. report.Containers.Select(Row)];
        string[][] endpoints = [["ENDPOINT", "INTERFACE", "URL", "ANSWERS", "VERSION", ""], .. report.Endpoints.Select(endpoint =>
            new[] { endpoint.Service, endpoint.Interface, endpoint.Url, endpoint.Answers ? "yes" : "NO", endpoint.Version ?? "", endpoint.Answers ? "" : endpoint.Detail })];
        WriteTable(output, containers);
        if (report.Endpoints.Length == 0) return;
        output.WriteLine();
        WriteTable(output, endpoints);
    }

    private static string[] Row(ContainerStatus container) =>
        [container.Name, container.Host, container.State, container.Health ?? "-", container.Uptime is { } up ? Duration(up) : "-", container.Image, container.Detail];

    private static void WriteTable(TextWriter output, string[][] rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows) output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => $"{(int)time.TotalDays} d",
        { TotalHours: >= 2 } => $"{(int)time.TotalHours} h",
        { TotalMinutes: >= 2 } => $"{(int)time.TotalMinutes} min",
        _ => $"{(int)time.TotalSeconds} s",
    };
}
