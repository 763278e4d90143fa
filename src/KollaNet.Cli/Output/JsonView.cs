using System.Text.Json;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;

namespace KollaNet.Cli.Output;

/// <summary>One JSON object per line and event, the recap last. Field names are stable: programs read them.</summary>
internal sealed class JsonView(TextWriter output) : IRunView
{
    private readonly JsonLines lines = new(output);

    public async Task<DeployReport> ShowAsync(string title, Func<IProgress<RunEvent>, Task<DeployReport>> work)
    {
        DeployReport report = await work(this);
        if (report.PlanOnly)
            foreach (PlannedStep planned in report.Outlooks) lines.Write("planned", json => Planned(json, planned));
        lines.Write("recap", json => Recap(json, title, report));
        return report;
    }

    public void Report(RunEvent value)
    {
        switch (value)
        {
            case PhaseStarted phase: lines.Write("phase", json => json.WriteString("phase", phase.Phase), value.At); break;
            case NoticeRaised notice: lines.Write("notice", json => json.WriteString("text", notice.Text), value.At); break;
            case StepStarted started: lines.Write("started", json => Started(json, started.Step), value.At); break;
            case StepProgress said: lines.Write("progress", json => Said(json, said), value.At); break;
            case StepEnded ended: lines.Write("ended", json => Ended(json, ended.Outcome), value.At); break;
            default: break;
        }
    }

    private static void Id(Utf8JsonWriter json, StepId id)
    {
        json.WriteString("host", id.Host);
        json.WriteString("kind", id.Kind);
        json.WriteString("subject", id.Subject);
    }

    private static void Started(Utf8JsonWriter json, Step step)
    {
        Id(json, step.Id);
        json.WriteString("service", step.Service);
        json.WriteString("because", step.Because);
    }

    private static void Said(Utf8JsonWriter json, StepProgress said)
    {
        Id(json, said.Step);
        json.WriteString("line", said.Line);
    }

    private static void Planned(Utf8JsonWriter json, PlannedStep planned)
    {
        Started(json, planned.Step);
        json.WriteString("outlook", planned.Outlook.Kind.ToString());
        json.WriteString("detail", planned.Outlook.Detail);
    }

    private static void Ended(Utf8JsonWriter json, StepOutcome outcome)
    {
        Started(json, outcome.Step);
        json.WriteString("end", outcome.End.ToString());
        json.WriteString("detail", outcome.Detail);
        json.WriteNumber("seconds", outcome.Elapsed.TotalSeconds);
        if (outcome.Failure is { } failure)
        {
            json.WriteString("what", failure.What);
            json.WriteString("why", failure.Why);
            json.WriteString("next", failure.Next);
        }
    }

    private static void Recap(Utf8JsonWriter json, string title, DeployReport report)
    {
        json.WriteString("command", title);
        json.WriteBoolean("succeeded", report.Succeeded);
        json.WriteNumber("changed", report.Recap.Changed);
        json.WriteNumber("unchanged", report.Recap.Unchanged);
        json.WriteNumber("failed", report.Recap.Failed);
        json.WriteNumber("skipped", report.Recap.Skipped);
        json.WriteNumber("seconds", report.Elapsed.TotalSeconds);
        json.WriteStartObject("endpoints");
        foreach (ServiceEndpoint endpoint in report.Endpoints.Where(endpoint => endpoint.Interface == "public")) json.WriteString(endpoint.Service, endpoint.Url);
        json.WriteEndObject();
    }
}
