using System.Data.Common;
using System.Net.Sockets;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.MariaDb;
using Microsoft.Data.Sqlite;

namespace KollaNet.ImageService.Hosting;

/// <summary>Says to an operator why a command ended.</summary>
public static class Failures
{
    /// <summary>The primary code of whatever SQLite has no code of its own for. Source: SQLite, result codes.</summary>
    private const int SqliteError = 1;

    /// <summary>Source: SQLite, result codes.</summary>
    private const int ReadOnly = 8;

    /// <summary>Source: MariaDB, error codes, ER_NO_SUCH_TABLE.</summary>
    private const int NoSuchTable = 1146;

    /// <summary>What failed, why and what to do; null for what nobody expected, which keeps its stack trace.</summary>
    public static string? Describe(Exception failure) => failure switch
    {
        ConfigurationInvalidException invalid => $"The configuration cannot be used.\n{Listed(invalid.Problems)}  Next: correct it; kollanet-image config validate checks it without starting anything.",
        PolicyInvalidException invalid => $"The policy file cannot be used.\n{Listed(invalid.Problems)}  Next: correct these rules, or take them out to have the defaults.",
        BindFailedException bind => $"{bind.Message}\n  Why:  {bind.Explanation.Why}\n  Next: {bind.Explanation.Next}",
        SqliteException { SqliteErrorCode: SqliteError, Message: var said } when said.Contains("no such table", StringComparison.Ordinal) => NotReady(said),
        MariaDbException { Code: NoSuchTable } missing => NotReady(missing.Message),
        SqliteException { SqliteErrorCode: ReadOnly } =>
            $"The image database cannot be written.\n  Why:  {failure.Message}\n  Next: give the user that runs this the right to write the file that [database] connection names, its folder and the files beside it, on a file system that can be written; then run this again.",
        SqliteException =>
            $"The image database could not be used.\n  Why:  {failure.Message}\n  Next: check that [database] connection names the right file, and that this user may read and write it and its folder, then run this again.",
        DbException or SocketException or TimeoutException =>
            $"The image database could not be used.\n  Why:  {failure.Message}\n  Next: check that its server runs and that [database] connection names it with the right user and password, then run this again.",
        CommitInDoubtException => $"{failure.Message}\n  Next: run this again; what is done already is not done twice.",
        DatabaseRefusedException or UnknownStoreException or FormatException or IOException or UnauthorizedAccessException => failure.Message,
        _ => null,
    };

    private static string NotReady(string why) => $"The image database is not ready.\n  Why:  {why}\n  Next: run kollanet-image db sync, then this again.";

    private static string Listed(IEnumerable<string> problems) => string.Concat(problems.Select((problem, i) => $"  {(i == 0 ? "Why: " : "     ")} {problem}\n"));
}
