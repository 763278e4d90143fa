using System.Data.Common;
using System.Net.Sockets;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary>Says to an operator why a command ended.</summary>
public static class Failures
{
    /// <summary>What failed, why and what to do; null for what nobody expected, which keeps its stack trace.</summary>
    public static string? Describe(Exception failure) => failure switch
    {
        ConfigurationInvalidException invalid => $"The configuration cannot be used.\n{Listed(invalid.Problems)}  Next: correct it; kollanet-image config validate checks it without starting anything.",
        PolicyInvalidException invalid => $"The policy file cannot be used.\n{Listed(invalid.Problems)}  Next: correct these rules, or take them out to have the defaults.",
        BindFailedException bind => $"{bind.Message}\n  Why:  {bind.Explanation.Why}\n  Next: {bind.Explanation.Next}",
        DbException or SocketException or TimeoutException =>
            $"The image database could not be used.\n  Why:  {failure.Message}\n  Next: check that its server runs and that [database] connection names it with the right user and password, then run this again.",
        CommitInDoubtException => $"{failure.Message}\n  Next: run this again; what is done already is not done twice.",
        DatabaseRefusedException or UnknownStoreException or FormatException or IOException or UnauthorizedAccessException => failure.Message,
        _ => null,
    };

    private static string Listed(IEnumerable<string> problems) => string.Concat(problems.Select((problem, i) => $"  {(i == 0 ? "Why: " : "     ")} {problem}\n"));
}
