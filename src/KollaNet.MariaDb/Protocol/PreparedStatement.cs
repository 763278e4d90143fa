namespace KollaNet.MariaDb.Protocol;

/// <summary>A statement the server has prepared for one session.</summary>
internal sealed class PreparedStatement(ParameterizedSql sql, uint id, ColumnSet? columns)
{
    /// <summary>The server's number for it, valid in its session only.</summary>
    public uint Id => id;

    public ParameterizedSql Sql => sql;

    /// <summary>The columns of its result as last seen; null when it has had none.</summary>
    public ColumnSet? Columns { get; set; } = columns;
}
