namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>A service's log while it is being written, which is a little behind what it tells.</summary>
internal sealed class LiveLog : StringWriter
{
    private readonly Lock gate = new();

    /// <summary>Waits until it says something.</summary>
    public async Task ShouldSayAsync(string text)
    {
        for (var left = TimeSpan.FromSeconds(30); left > TimeSpan.Zero && !ToString().Contains(text, StringComparison.Ordinal); left -= TimeSpan.FromMilliseconds(50))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        ToString().Should().Contain(text);
    }

    public override Task WriteAsync(string? value)
    {
        lock (gate) Write(value);
        return Task.CompletedTask;
    }

    public override string ToString()
    {
        lock (gate) return base.ToString();
    }
}
