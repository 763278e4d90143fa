#!/bin/bash
# Times kollanet on a throw-away site of its own and prints a Markdown table; the images must be there (kollanet build).
# Environment: ROUNDS=3; KOLLANET, BENCH_ADDRESS, BENCH_PORT, BENCH_PREFIX, BENCH_NAMESPACE as in site.sh.
set -euo pipefail
. "$(dirname "$0")/site.sh"
trap 'destroy_site; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
: "${ROUNDS:=3}"

write_site
start_load=$(load)
for round in $(seq "$ROUNDS"); do
    destroy_site
    rm -rf "$site/node"
    run genconfig kollanet genconfig
    rm -rf "$site/node"
    run cold kollanet deploy
    run noop kollanet deploy
    [ "$(changed noop)" = 0 ] || { echo "the second deploy changed something:" >&2; cat "$work/noop.log" >&2; exit 1; }
    sed -i '/^glance_image_size_cap:/d' "$site/globals.yml"
    echo "glance_image_size_cap: $((1099511627776 - round))" >> "$site/globals.yml"
    run reconfigure kollanet reconfigure
done

row() { # TITLE NAME PEER CHANGED
    local times=$work/$2.times
    echo "| $1 | $(median 1 "$times") ($(sort -n "$times" | head -1 | cut -d' ' -f1)) | $(median 2 "$times") | $4 | $3 |"
}
memory() { # CONTAINER : resident memory of its processes, in MiB
    docker top "$1" -eo pid | tail -n +2 | while read -r pid; do sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status"; done | awk '{ sum += $1 } END { printf "%.0f", sum / 1024 }'
}

echo "$(date -u +%F\ %H:%M) UTC, $(nproc) processors, load average $start_load at the beginning, $(load) at the end, $ROUNDS rounds"
echo
echo "| | wall s, median (best) | CPU s of kollanet | changed | kolla-ansible 2023.1 |"
echo "|---|---|---|---|---|"
row "cold deploy, images present" cold "about 140 s" "$(changed cold)"
row "deploy again" noop "about 95 s, 90 CPU-seconds, changed=7" "$(changed noop)"
row "reconfigure, one option of one service" reconfigure "87 s" "$(changed reconfigure)"
row "genconfig" genconfig "28 s" "$(changed genconfig)"
echo
echo "| container | RSS MiB | control group MiB |"
echo "|---|---|---|"
for name in mariadb memcached keystone glance_api; do
    echo "| $name | $(memory "$BENCH_PREFIX$name") | $(docker stats --no-stream --format '{{.MemUsage}}' "$BENCH_PREFIX$name" | cut -d/ -f1) |"
done
