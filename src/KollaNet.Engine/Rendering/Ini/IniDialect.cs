namespace KollaNet.Engine.Rendering.Ini;

/// <summary>Which program's reading of INI files is followed.</summary>
public enum IniDialect
{
    /// <summary>OpenStack's. Source: oslo.config's iniparser, and Kolla Ansible's merge_configs on top of it.</summary>
    Oslo,

    /// <summary>MariaDB's option files: keys may stand alone, only <c>=</c> separates, no value spans lines, and <c>!includedir</c> lines are kept.</summary>
    MariaDb,
}
