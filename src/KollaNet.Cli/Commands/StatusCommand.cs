using System.CommandLine;
using KollaNet.Cli.Output;
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
            if (line.GetValue(session.Options.Json)) WriteJson(new JsonLines(session.Services.Out), report);
            else Write(session.Services.Out, report);
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

    /// <summary>One object for each container, then for each endpoint.</summary>
    public static void WriteJson(JsonLines lines, StatusReport report)
    {
        foreach (ContainerStatus container in report.Containers)
        {
            lines.Write("container", json =>
            {
                json.WriteString("host", container.Host);
                json.WriteString("service", container.Service);
                json.WriteString("name", container.Name);
                json.WriteString("state", container.State);
                json.WriteString("health", container.Health);
                json.WriteString("image", container.Image);
                if (container.Uptime is { } up) json.WriteNumber("up_seconds", (long)up.TotalSeconds);
                json.WriteString("detail", container.Detail);
            });
        }

        foreach (EndpointStatus endpoint in report.Endpoints)
        {
            lines.Write("endpoint", json =>
            {
                json.WriteString("service", endpoint.Service);
                json.WriteString("interface", endpoint.Interface);
                json.WriteString("url", endpoint.Url);
                json.WriteBoolean("answers", endpoint.Answers);
                json.WriteString("version", endpoint.Version);
                json.WriteString("detail", endpoint.Detail);
            });
        }

        lines.Write("recap", json =>
        {
            json.WriteString("command", "status");
            json.WriteBoolean("succeeded", report.AllWell);
        });
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
