using System.Data.Common;
using System.Globalization;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>Looks and touches behind the service's back.</summary>
internal static class DatabaseLooks
{
    /// <summary>Runs a statement.</summary>
    /// <returns>The first column of its first row; empty for none.</returns>
    public static async Task<string> SingleAsync(this ImageDatabase database, string sql)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture) ?? "";
    }
}
