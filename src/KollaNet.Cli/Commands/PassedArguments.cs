namespace KollaNet.Cli.Commands;

/// <summary>Arguments that belong to a program which a command starts in a container.</summary>
internal static class PassedArguments
{
    /// <summary>Splits a command line after the word <c>openstack</c> or <c>images</c>: what follows is never ours to interpret.</summary>
    public static (string[] Ours, string[] Theirs) Split(string[] arguments)
    {
        int word = Array.FindIndex(arguments, argument => argument is "openstack" or "images");
        return word < 0 ? (arguments, []) : (arguments[..(word + 1)], arguments[(word + 1)..]);
    }
}
