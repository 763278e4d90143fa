using System.Collections.Immutable;

namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>Installs packages of the distribution, and nothing but what they need. No other source is ever added.</summary>
public sealed record InstallPackages(ImmutableArray<string> Packages, string Because) : BootstrapAction($"install {string.Join(", ", Packages)}", Because)
{
    internal override Task<bool> RunAsync(IHost host, IProgress<string> progress, CancellationToken cancel)
    {
        progress.Report($"apt-get install {string.Join(' ', Packages)}");
        return RunScriptAsync(host, $$"""
            export DEBIAN_FRONTEND=noninteractive LC_ALL=C
            command -v apt-get >/dev/null || { echo 'there is no apt-get: only Debian and its derivatives are supported' >&2; exit 1; }
            missing=
            for package in {{string.Join(' ', Packages.Select(HostScript.Quote))}}; do
              [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
            done
            [ -n "$missing" ] || exit {{NothingToDo}}
            apt() { apt-get -q -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@"; }
            # An installation that was killed half way has to be finished before anything else can be installed.
            [ -z "$(dpkg --audit)" ] || dpkg --force-confold --configure -a || exit 1
            if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
              apt update || exit 1
            elif [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name partial -mmin +1440)" ]; then
              # Old lists still serve when the mirror cannot be reached.
              apt update || echo 'the package lists could not be refreshed' >&2
            fi
            apt install -y --no-install-recommends $missing || { apt update && apt install -y --no-install-recommends $missing; }
            """, cancel);
    }
}
