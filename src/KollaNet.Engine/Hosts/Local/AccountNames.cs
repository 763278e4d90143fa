using System.Globalization;
using KollaNet.Engine.Processes;

namespace KollaNet.Engine.Hosts.Local;

/// <summary>Names and numbers of users or groups: the local file first, then whatever else the machine asks (<c>getent</c>).</summary>
/// <param name="file"><c>/etc/passwd</c> or <c>/etc/group</c>.</param>
/// <param name="database">The same for getent: <c>passwd</c> or <c>group</c>.</param>
internal sealed class AccountNames(IProcessRunner processes, string file, string database)
{
    /// <summary>Number to name, as of now; a number without a name is its own name.</summary>
    public Func<uint, string> Names()
    {
        Dictionary<uint, string> names = [];
        foreach (string line in File.ReadLines(file))
        {
            if (Parse(line) is { } entry) names.TryAdd(entry.Id, entry.Name);
        }
        return id => names.TryGetValue(id, out string? name) ? name : id.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The number of a name; null when nobody has that name.</summary>
    public async Task<uint?> FindIdAsync(string name, CancellationToken cancel)
    {
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)) return number;
        if (File.ReadLines(file).Select(Parse).FirstOrDefault(entry => entry?.Name == name) is { } local) return local.Id;
        ProcessResult answer = await processes.RunAsync(new ProcessRequest("getent", [database, name]), cancel);
        return answer.ExitCode == 0 ? Parse(answer.Output.Trim())?.Id : null;
    }

    private static (string Name, uint Id)? Parse(string line)
    {
        string[] fields = line.Split(':');
        return fields.Length > 2 && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? (fields[0], id) : null;
    }
}
