using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace KollaNet.MariaDb;

/// <summary>A value for a <c>@name</c> in a command's text, or, without names, for the question mark at the same position.</summary>
public sealed class MariaDbParameter : DbParameter
{
    private string name = "";

    /// <summary>A parameter without name and value.</summary>
    public MariaDbParameter()
    {
    }

    /// <summary>A named value.</summary>
    /// <param name="name">With or without the leading <c>@</c>.</param>
    /// <param name="value">Integers, decimal, floating point, text, bytes, dates and times, Guid, bool, enums; null or <see cref="DBNull"/> for NULL. Dates travel as UTC.</param>
    public MariaDbParameter(string name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    /// <summary>The name; a leading <c>@</c> is optional and means nothing.</summary>
    [AllowNull]
    public override string ParameterName
    {
        get => name;
        set
        {
            name = value ?? "";
            BareName = name.StartsWith('@') ? name[1..] : name;
        }
    }

    /// <inheritdoc/>
    public override object? Value { get; set; }

    /// <summary>Not used: the type follows from the value.</summary>
    public override DbType DbType { get; set; } = DbType.Object;

    /// <summary>Always <see cref="ParameterDirection.Input"/>.</summary>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
                throw new NotSupportedException("Parameters are for input only; select what a procedure returns.");
        }
    }

    /// <inheritdoc/>
    public override bool IsNullable { get; set; } = true;

    /// <summary>Not used: values are sent whole.</summary>
    public override int Size { get; set; }

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn { get; set; } = "";

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    internal string BareName { get; private set; } = "";

    /// <inheritdoc/>
    public override void ResetDbType() => DbType = DbType.Object;
}
