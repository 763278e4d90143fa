namespace KollaNet.ImageService.Stores.Trials;

/// <summary>What is wrong with a store, for whoever runs it.</summary>
/// <param name="StoreId">As in <c>enabled_backends</c>.</param>
/// <param name="What">What failed, as the end of a sentence: "an object could not be written".</param>
/// <param name="Why">One or more sentences; holds no secret.</param>
/// <param name="Next">What to do about it.</param>
public sealed record StoreProblem(string StoreId, string What, string Why, string Next)
{
    /// <inheritdoc/>
    public override string ToString() => $"store {StoreId}: {What}.\n  Why:  {Why}\n  Next: {Next}.";
}
