using KollaNet.Engine.Running;

namespace KollaNet.Cli.Output;

/// <summary>Shows a run while it goes on, and its end.</summary>
internal interface IRunView : IProgress<RunEvent>
{
    /// <summary>Runs the work, showing its events meanwhile, then the recap.</summary>
    Task<DeployReport> ShowAsync(string title, Func<IProgress<RunEvent>, Task<DeployReport>> work);
}
