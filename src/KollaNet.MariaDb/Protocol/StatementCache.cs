namespace KollaNet.MariaDb.Protocol;

/// <summary>A session's prepared statements by their SQL; the least recently used goes first when there are too many.</summary>
/// <param name="limit">How many are kept; zero keeps none.</param>
internal sealed class StatementCache(int limit)
{
    private readonly Dictionary<string, LinkedListNode<(string Sql, PreparedStatement Statement)>> bySql = [];
    private readonly LinkedList<(string Sql, PreparedStatement Statement)> byUse = new();   // most recent first

    public int Count => bySql.Count;

    public PreparedStatement? Find(string sql)
    {
        if (!bySql.TryGetValue(sql, out LinkedListNode<(string Sql, PreparedStatement Statement)>? node))
            return null;
        if (node != byUse.First)
        {
            byUse.Remove(node);
            byUse.AddFirst(node);
        }
        return node.Value.Statement;
    }

    /// <summary>Empties the cache.</summary>
    /// <returns>The statements that must be closed.</returns>
    public List<PreparedStatement> Clear()
    {
        List<PreparedStatement> dropped = [.. byUse.Select(entry => entry.Statement)];
        byUse.Clear();
        bySql.Clear();
        return dropped;
    }

    /// <returns>A statement that is no longer kept and must be closed; null when all found room.</returns>
    public PreparedStatement? Add(string sql, PreparedStatement statement)
    {
        bySql.Add(sql, byUse.AddFirst((sql, statement)));
        if (bySql.Count <= limit)
            return null;
        (string oldSql, PreparedStatement old) = byUse.Last!.Value;
        byUse.RemoveLast();
        bySql.Remove(oldSql);
        return old;
    }
}
