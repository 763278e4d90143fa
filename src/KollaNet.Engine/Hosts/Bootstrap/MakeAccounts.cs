using System.Globalization;

namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>Makes a group with a number of its own. One that is there keeps its number.</summary>
public sealed record MakeGroup(string Name, int Id, string Because) : BootstrapAction($"make group {Name}", Because)
{
    internal override Task<bool> RunAsync(IHost host, IProgress<string> progress, CancellationToken cancel) => RunScriptAsync(host, $"""
        PATH=$PATH:/usr/sbin:/sbin
        getent group {HostScript.Quote(Name)} >/dev/null && exit {NothingToDo}
        exec groupadd --gid {Id.ToString(CultureInfo.InvariantCulture)} {HostScript.Quote(Name)}
        """, cancel);
}

/// <summary>Makes a user who may log in, with a group as the main one. One that is there is left as it is.</summary>
public sealed record MakeUser(string Name, string Group, string Because) : BootstrapAction($"make user {Name}", Because)
{
    internal override Task<bool> RunAsync(IHost host, IProgress<string> progress, CancellationToken cancel) => RunScriptAsync(host, $"""
        PATH=$PATH:/usr/sbin:/sbin
        getent passwd {HostScript.Quote(Name)} >/dev/null && exit {NothingToDo}
        exec useradd --create-home --shell /bin/bash --gid {HostScript.Quote(Group)} {HostScript.Quote(Name)}
        """, cancel);
}
