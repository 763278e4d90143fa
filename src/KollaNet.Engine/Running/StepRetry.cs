using System.Data.Common;
using System.Net.Sockets;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Steps;
using Polly;
using Polly.Retry;

namespace KollaNet.Engine.Running;

/// <summary>Repeats a step a few times when it failed of something that passes by itself: a connection that broke, an engine that is being restarted.
/// Steps look before they act, so repeating a whole one is safe.</summary>
public sealed class StepRetry
{
    private readonly ResiliencePipeline<StepResult> pipeline;

    /// <param name="attempts">Repetitions after the first failure; 0 for none.</param>
    /// <param name="firstPause">Doubles with each repetition.</param>
    /// <param name="clock">Times the pauses.</param>
    public StepRetry(int attempts, TimeSpan firstPause, TimeProvider clock)
    {
        var builder = new ResiliencePipelineBuilder<StepResult> { TimeProvider = clock };
        if (attempts > 0)
            builder.AddRetry(new RetryStrategyOptions<StepResult>
            {
                MaxRetryAttempts = attempts,
                Delay = firstPause,
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = arguments => ValueTask.FromResult(IsPassing(arguments.Outcome.Exception)),
                OnRetry = arguments =>
                {
                    if (arguments.Context.Properties.TryGetValue(Report, out Action<string>? report))
                        report($"{arguments.Outcome.Exception?.Message.Split('\n')[0]}; trying again");
                    return default;
                },
            });
        pipeline = builder.Build();
    }

    private static ResiliencePropertyKey<Action<string>> Report { get; } = new("report");

    /// <summary>Runs a step, repeating it as configured.</summary>
    public async Task<StepResult> RunAsync(Step step, StepContext on, CancellationToken cancel)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancel);
        context.Properties.Set(Report, line => on.Report(step.Id, line));
        try
        {
            return await pipeline.ExecuteAsync(static async (context, work) => await work.step.RunAsync(work.on, context.CancellationToken), context, (step, on));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static bool IsPassing(Exception? failure) => failure is EngineUnreachableException or HttpRequestException or SocketException or IOException
        || failure is DbException { IsTransient: true }
        || (failure is KollaNetException { InnerException: { } inner } && IsPassing(inner));
}
