using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Images;

/// <summary>Passes an engine's output on as a step's progress, in the order it comes.</summary>
internal sealed class StepLines(StepContext on, StepId step) : IProgress<string>
{
    public void Report(string value) => on.Report(step, value);
}
