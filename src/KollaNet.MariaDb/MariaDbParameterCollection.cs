using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using KollaNet.MariaDb.Protocol;

namespace KollaNet.MariaDb;

/// <summary>The values of a command, found by name (ignoring case) or by position.</summary>
[SuppressMessage("Design", "CA1010", Justification = "ADO.NET's parameter collections are untyped.")]
public sealed class MariaDbParameterCollection : DbParameterCollection
{
    private readonly List<MariaDbParameter> parameters = [];

    internal MariaDbParameterCollection()
    {
    }

    /// <inheritdoc/>
    public override int Count => parameters.Count;

    /// <inheritdoc/>
    public override object SyncRoot => ((ICollection)parameters).SyncRoot;

    /// <summary>Adds a named value; see <see cref="MariaDbParameter(string, object?)"/> for what it may be.</summary>
    public MariaDbParameter AddWithValue(string name, object? value)
    {
        var parameter = new MariaDbParameter(name, value);
        parameters.Add(parameter);
        return parameter;
    }

    /// <inheritdoc/>
    public override int Add(object value)
    {
        parameters.Add(Cast(value));
        return parameters.Count - 1;
    }

    /// <inheritdoc/>
    public override void AddRange(Array values)
    {
        foreach (object value in values)
            Add(value);
    }

    /// <inheritdoc/>
    public override void Clear() => parameters.Clear();

    /// <inheritdoc/>
    public override bool Contains(object value) => value is MariaDbParameter parameter && parameters.Contains(parameter);

    /// <inheritdoc/>
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index) => ((ICollection)parameters).CopyTo(array, index);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => parameters.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(object value) => value is MariaDbParameter parameter ? parameters.IndexOf(parameter) : -1;

    /// <inheritdoc/>
    public override int IndexOf(string parameterName) => IndexOfBare(parameterName.AsSpan().TrimStart('@'));

    /// <inheritdoc/>
    public override void Insert(int index, object value) => parameters.Insert(index, Cast(value));

    /// <inheritdoc/>
    public override void Remove(object value) => parameters.Remove(Cast(value));

    /// <inheritdoc/>
    public override void RemoveAt(int index) => parameters.RemoveAt(index);

    /// <inheritdoc/>
    public override void RemoveAt(string parameterName) => parameters.RemoveAt(Known(parameterName));

    /// <inheritdoc/>
    protected override DbParameter GetParameter(int index) => parameters[index];

    /// <inheritdoc/>
    protected override DbParameter GetParameter(string parameterName) => parameters[Known(parameterName)];

    /// <inheritdoc/>
    protected override void SetParameter(int index, DbParameter value) => parameters[index] = Cast(value);

    /// <inheritdoc/>
    protected override void SetParameter(string parameterName, DbParameter value) => parameters[Known(parameterName)] = Cast(value);

    /// <summary>Writes the part of an execute request that holds the values: which are NULL, then the types, then the values.</summary>
    internal void Write(PacketWriter writer, ParameterizedSql sql)
    {
        if (sql.Names is null && parameters.Count != sql.Count)
            throw new InvalidOperationException($"The statement has {sql.Count} question marks and the command {parameters.Count} parameters.");
        if (sql.Count == 0)
            return;
        int nulls = writer.Length;
        writer.Zeros((sql.Count + 7) / 8);
        writer.Byte(1);   // types follow
        for (int at = 0; at < sql.Count; at++)
        {
            object? value = ValueAt(sql, at);
            if (value is null or DBNull)
                writer.SetBits(nulls + at / 8, (byte)(1 << (at & 7)));
            writer.UInt16(ParameterEncoder.TypeOf(value));
        }
        for (int at = 0; at < sql.Count; at++)
            ParameterEncoder.Write(writer, ValueAt(sql, at));
    }

    private object? ValueAt(ParameterizedSql sql, int mark)
    {
        if (sql.Names is null)
            return parameters[mark].Value;
        string name = sql.Names[mark];
        // Most commands add their parameters in the order of their text.
        if (mark < parameters.Count && parameters[mark].BareName == name)
            return parameters[mark].Value;
        int at = IndexOfBare(name);
        return at >= 0 ? parameters[at].Value : throw new InvalidOperationException($"The statement uses @{name}, for which the command has no parameter.");
    }

    private int IndexOfBare(ReadOnlySpan<char> name)
    {
        for (int at = 0; at < parameters.Count; at++)
        {
            if (name.Equals(parameters[at].BareName, StringComparison.OrdinalIgnoreCase))
                return at;
        }
        return -1;
    }

    private int Known(string name)
    {
        int at = IndexOf(name);
        return at >= 0 ? at : throw new ArgumentException($"There is no parameter {name}.", nameof(name));
    }

    private static MariaDbParameter Cast(object value) =>
        value as MariaDbParameter ?? throw new InvalidCastException($"Parameters must be {nameof(MariaDbParameter)}, made by the command's CreateParameter.");
}
