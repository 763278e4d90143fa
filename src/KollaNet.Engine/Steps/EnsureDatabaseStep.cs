using System.Collections.Immutable;
using System.Data.Common;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps;

/// <summary>A database with its user: exists, can be logged in to with our password, belongs to the user.</summary>
/// <param name="Records">Finished one-shot containers (host and name) that filled this database; removed before it is made, because what they did is gone then.</param>
public sealed record EnsureDatabaseStep(
    StepId Id, string Service, ImmutableArray<StepId> After, DatabaseServer Server, DesiredDatabase Database, ImmutableArray<StepId> Records) : Step(Id, Service, "looked up on the server", After)
{
    /// <inheritdoc/>
    public override bool IsChange => false;

    /// <inheritdoc/>
    public override async Task<StepOutlook> LookAsync(StepContext on, CancellationToken cancel)
    {
        try
        {
            return await UserFitsAsync(on, cancel) ? StepOutlook.Unchanged() : StepOutlook.WouldChange("database or user would be made or corrected");
        }
        catch (Exception e) when (e is DbException or IOException or System.Net.Sockets.SocketException)
        {
            return StepOutlook.Unknown;
        }
    }

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        if (await UserFitsAsync(on, cancel)) return StepResult.Unchanged();
        await using DbConnection connection = await AdministratorAsync(on, cancel);
        var done = new List<string>();
        if (await CountAsync(connection, $"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = {Sql.Text(Database.Name)}", cancel) == 0)
        {
            foreach (StepId record in Records) await on.Host(record.Host).Containers.RemoveContainerAsync(record.Subject, cancel);
            // Kolla's character set: its services size their indexes for it.
            await ExecuteAsync(connection, $"CREATE DATABASE IF NOT EXISTS {Sql.Name(Database.Name)} CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci", cancel);
            done.Add("database created");
        }
        string user = $"{Sql.Text(Database.User)}@'%'";
        bool isNew = await CountAsync(connection, $"SELECT COUNT(*) FROM mysql.user WHERE user = {Sql.Text(Database.User)} AND host = '%'", cancel) == 0;
        await ExecuteAsync(connection, $"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY {Sql.Text(Database.Password)}", cancel);
        await ExecuteAsync(connection, $"ALTER USER {user} IDENTIFIED BY {Sql.Text(Database.Password)}", cancel);
        await ExecuteAsync(connection, $"GRANT ALL PRIVILEGES ON {Sql.NamePattern(Database.Name)}.* TO {user}", cancel);
        done.Add(isNew ? $"user {Database.User} created" : $"password and grants of user {Database.User} set");
        return StepResult.Did(string.Join("; ", done));
    }

    /// <summary>One login answers for database, user, password and grant together.</summary>
    private async Task<bool> UserFitsAsync(StepContext on, CancellationToken cancel)
    {
        try
        {
            await using DbConnection connection = await on.OpenDatabaseAsync(Server, Database.User, Database.Password, Database.Name, cancel);
            return true;
        }
        catch (DbException e) when (IsRefusal(e))
        {
            return false;
        }
    }

    private async Task<DbConnection> AdministratorAsync(StepContext on, CancellationToken cancel)
    {
        try
        {
            return await on.OpenDatabaseAsync(Server, Server.User, Server.Password, null, cancel);
        }
        catch (DbException e) when (IsRefusal(e))
        {
            string volume = Server.DataVolumes.IsEmpty ? "its data folder" : $"volume {string.Join(", ", Server.DataVolumes)}";
            throw new KollaNetException($"The database server at {Server.Host}:{Server.Port} does not let user {Server.User} in.",
                $"database_password in passwords.yml is not the password that {volume} was made with ({on.Secrets.Redact(e.Message)})",
                $"put the old database_password back into passwords.yml; or, when the data may go, remove {volume} and run the same command again", e);
        }
    }

    /// <summary>SQLSTATE 28000: wrong user or password; 42000: no such database, or no right to it. Source: MariaDB error codes 1045, 1049, 1044.</summary>
    private static bool IsRefusal(DbException e) => e.SqlState is "28000" or "42000";

    private static async Task ExecuteAsync(DbConnection connection, string sql, CancellationToken cancel)
    {
        await using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Account and database names cannot be parameters; Sql quotes them.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<long> CountAsync(DbConnection connection, string sql, CancellationToken cancel)
    {
        await using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // As above.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancel), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Quoting for statements that take no parameters.</summary>
    private static class Sql
    {
        public static string Text(string value) => $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

        public static string Name(string value) => $"`{value.Replace("`", "``", StringComparison.Ordinal)}`";

        /// <summary>In a grant, <c>_</c> and <c>%</c> would stand for any character.</summary>
        public static string NamePattern(string value) => Name(value.Replace("_", "\\_", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal));
    }
}
