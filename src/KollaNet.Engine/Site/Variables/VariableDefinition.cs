using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Variables;

/// <summary>How strong a definition is; a later one wins. Source: Ansible's precedence of variables, as kolla-ansible uses it.</summary>
public enum VariableLayer
{
    /// <summary>From <c>templates/</c>.</summary>
    Default,

    /// <summary>Of an inventory group, or from <c>group_vars/</c>.</summary>
    Group,

    /// <summary>Of an inventory host, or from <c>host_vars/</c>.</summary>
    Host,

    /// <summary>From <c>globals.yml</c>.</summary>
    Globals,

    /// <summary>From <c>passwords.yml</c>.</summary>
    Passwords,

    /// <summary>From a file of <c>globals.d/</c>.</summary>
    GlobalsFolder,

    /// <summary>From <c>-e</c>.</summary>
    Extra,
}

/// <summary>A name given a value somewhere.</summary>
/// <param name="Value">Not evaluated yet.</param>
/// <param name="Place">Of the name.</param>
public sealed record VariableDefinition(string Name, YamlNode Value, Place Place, VariableLayer Layer);
