# Sourced by the scripts beside it: a throw-away site of its own on this host, and measuring.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${KOLLANET:=$root/kollanet}"
: "${BENCH_ADDRESS:=127.0.0.158}" "${BENCH_PORT:=15800}" "${BENCH_PREFIX:=bench_}" "${BENCH_NAMESPACE:=kolla}"
# For trying a program that no image holds yet: a volume line such as /path/to/published:/opt/kollanet-image:ro.
: "${BENCH_GLANCE_VOLUME:=}"
work=$(mktemp -d /tmp/kollanet-bench.XXXXXX)
site=$work/site

write_site() {
    mkdir -p "$site"
    cat > "$site/globals.yml" <<YAML
network_interface: lo
api_interface_address: $BENCH_ADDRESS
kolla_internal_vip_address: $BENCH_ADDRESS
container_prefix: $BENCH_PREFIX
docker_namespace: $BENCH_NAMESPACE
node_config: $site/node
database_port: $BENCH_PORT
keystone_public_port: $((BENCH_PORT + 1))
glance_api_port: $((BENCH_PORT + 2))
memcached_port: $((BENCH_PORT + 3))
YAML
    [ -z "$BENCH_GLANCE_VOLUME" ] || printf 'glance_extra_volumes: ["%s"]\n' "$BENCH_GLANCE_VOLUME" >> "$site/globals.yml"
    cp "$root/etc-kolla-sample/passwords.yml" "$site/passwords.yml"
    kollanet genpwd > /dev/null
}

kollanet() { "$KOLLANET" --configdir "$site" -i "$root/inventories/all-in-one" "$@"; }

password() { sed -n "s/^$1: *//p" "$site/passwords.yml" | tr -d "\"'"; }

destroy_site() { [ ! -e "$site/globals.yml" ] || kollanet destroy --yes-i-really-really-mean-it > "$work/destroy.log" 2>&1 || cat "$work/destroy.log" >&2; }

load() { cut -d' ' -f1-3 /proc/loadavg; }

# run NAME COMMAND... : output to $work/NAME.log, "wall cpu" in seconds to $work/NAME.times; the processor time is that of the command and its children.
run() {
    local name=$1 status=0 TIMEFORMAT='%R %U %S'
    shift
    { time "$@" > "$work/$name.log" 2>&1 || status=$?; } 2> "$work/$name.time"
    awk '{ printf "%.2f %.2f\n", $1, $2 + $3 }' "$work/$name.time" >> "$work/$name.times"
    [ "$status" = 0 ] || { cat "$work/$name.log" >&2; return "$status"; }
}

# median COLUMN FILE
median() { sort -n -k"$1,$1" "$2" | awk -v c="$1" '{ v[NR] = $c } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

changed() { grep -o '[0-9]* changed' "$work/$1.log" | tail -1 | cut -d' ' -f1; }
