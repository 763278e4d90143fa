namespace KollaNet.Engine.Site;

/// <summary>Finds the name that was probably meant.</summary>
public static class Suggestion
{
    /// <summary>The closest of the known names; null when none is close enough to be a slip of the finger.</summary>
    public static string? For(string name, IEnumerable<string> known)
    {
        int allowed = name.Length < 5 ? 1 : name.Length < 12 ? 2 : 3;
        string? best = null;
        int bestDistance = allowed + 1;
        foreach (string candidate in known)
        {
            if (Math.Abs(candidate.Length - name.Length) >= bestDistance) continue;
            int distance = Distance(name, candidate);
            if (distance < bestDistance || (distance == bestDistance && best is not null && string.CompareOrdinal(candidate, best) < 0))
                (best, bestDistance) = (candidate, distance);
        }
        return bestDistance <= allowed && bestDistance < name.Length ? best : null;
    }

    /// <summary><c>"; did you mean 'x'?"</c>, or nothing.</summary>
    public static string Phrase(string name, IEnumerable<string> known) => For(name, known) is { } meant ? $"; did you mean '{meant}'?" : "";

    /// <summary>Letters to insert, delete, change or swap with their neighbour; case does not count.</summary>
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) cost[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) cost[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                int best = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = Math.Min(best, cost[i - 2, j - 2] + 1);
                cost[i, j] = best;
            }
        }
        return cost[a.Length, b.Length];
    }
}
