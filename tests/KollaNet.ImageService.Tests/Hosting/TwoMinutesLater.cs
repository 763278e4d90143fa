namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>A clock by which everything that died is silent for longer than any worker may be.</summary>
internal sealed class TwoMinutesLater : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddMinutes(2);
}
