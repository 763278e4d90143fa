#!/bin/bash
# Compares the image service over each storage backend with the backend's own tool on the same backend: cp, swift, rbd, and boto3 for S3. Brings up
# a site with Swift and Ceph of its own, and takes it down again whatever happens. Prints tables; RECORD=yes also puts them into RESULTS.md.
# Environment: ROUNDS=3, SIZE_MIB=512, BACKENDS="file swift rbd s3", CROWD=20 uploads at once of CROWD_MIB=64; and that of site.sh.
set -euo pipefail
. "$(dirname "$0")/site.sh"
: "${ROUNDS:=3}" "${SIZE_MIB:=512}" "${BACKENDS:=file swift rbd s3}" "${CROWD:=20}" "${CROWD_MIB:=64}" "${BENCH_DATA:=/tmp/kollanet-bench-data}"
glance=${BENCH_PREFIX}glance_api tools=${BENCH_PREFIX}tools image=kollanet-bench/tools url=http://$BENCH_ADDRESS:$((BENCH_PORT + 2))

cleanup() {
    docker rm --force "$tools" > /dev/null 2>&1 || true
    destroy_site
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
say() { echo "== $*" >&2; }

say "site"
write_site
cat >> "$site/globals.yml" <<YAML
enable_swift: "yes"
enable_ceph: "yes"
enable_ceph_rgw: "yes"
glance_backend_file: "yes"
glance_backend_ceph: "yes"
glance_backend_swift: "yes"
glance_backend_s3: "yes"
glance_backend_s3_url: "{{ ceph_rgw_url }}"
glance_backend_s3_bucket: "bench-images"
glance_backend_s3_access_key: "{{ ceph_rgw_glance_access_key }}"
glance_backend_s3_secret_key: "{{ ceph_rgw_glance_secret_key }}"
glance_s3_create_bucket_on_put: "yes"
glance_swift_large_object_size: 200
swift_proxy_server_port: $((BENCH_PORT + 4))
swift_object_server_port: $((BENCH_PORT + 5))
swift_account_server_port: $((BENCH_PORT + 6))
swift_container_server_port: $((BENCH_PORT + 7))
ceph_mon_port: $((BENCH_PORT + 8))
ceph_mon_msgr2_port: $((BENCH_PORT + 9))
ceph_rgw_port: $((BENCH_PORT + 12))
YAML
destroy_site    # what a run that was killed left
kollanet deploy > "$work/deploy.log" 2>&1 || { cat "$work/deploy.log" >&2; exit 1; }
kollanet post-deploy > "$work/post-deploy.log" 2>&1 || { cat "$work/post-deploy.log" >&2; exit 1; }

say "tools"
base=$(docker inspect --format '{{.Config.Image}}' "$glance" | sed 's/glance-api/base/')
DOCKER_BUILDKIT=0 docker build --network host --build-arg "BASE=$base" -t "$image" "$root/bench/tools" > "$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }
mkdir -p "$BENCH_DATA/out"
for mib in "$SIZE_MIB" "$CROWD_MIB"; do
    [ "$(stat -c %s "$BENCH_DATA/random-$mib" 2> /dev/null)" = $((mib << 20)) ] || head -c "${mib}M" /dev/urandom > "$BENCH_DATA/random-$mib"
done
docker run --detach --name "$tools" --network host --user root --volume "$BENCH_DATA:/data" --volume "$root/bench/tools:/tools:ro" --volume "$site/node/glance-api:/glance:ro" \
    --env OS_AUTH_URL="http://$BENCH_ADDRESS:$((BENCH_PORT + 1))/v3" --env OS_IDENTITY_API_VERSION=3 --env OS_USERNAME=glance --env OS_PROJECT_NAME=service \
    --env OS_PASSWORD="$(password glance_keystone_password)" --env OS_USER_DOMAIN_NAME=Default --env OS_PROJECT_DOMAIN_NAME=Default \
    --env S3_URL="http://$BENCH_ADDRESS:$((BENCH_PORT + 12))" --env S3_ACCESS_KEY="$(password ceph_rgw_glance_access_key)" --env S3_SECRET_KEY="$(password ceph_rgw_glance_secret_key)" \
    "$image" sleep infinity > /dev/null
. "$site/admin-openrc.sh"
token=$(curl -sf -D - -o /dev/null -H 'Content-Type: application/json' "$OS_AUTH_URL/v3/auth/tokens" -d "{\"auth\": {\"identity\": {\"methods\": [\"password\"], \"password\": {\"user\": {\"name\": \"$OS_USERNAME\", \"password\": \"$OS_PASSWORD\", \"domain\": {\"id\": \"default\"}}}}, \"scope\": {\"project\": {\"name\": \"$OS_PROJECT_NAME\", \"domain\": {\"id\": \"default\"}}}}}" | tr -d '\r' | sed -n 's/^X-Subject-Token: //Ip')
service_pid() { docker top "$glance" -eo pid,comm | awk '$2 == "kollanet-image" { print $1; exit }'; }
volume=$(docker inspect --format '{{range .Mounts}}{{if eq .Destination "/var/lib/glance"}}{{.Source}}{{end}}{{end}}' "$glance")

ask() { curl -sf -H "X-Auth-Token: $token" -H 'Content-Type: application/json' "$@"; }
create() { ask "$url/v2/images" -d '{"name": "bench", "disk_format": "raw", "container_format": "bare"}' | sed 's/.*"id": *"\([0-9a-f-]\{36\}\)".*/\1/'; }
upload() { curl -sf -T "$BENCH_DATA/random-$3" -H "X-Auth-Token: $token" -H 'Content-Type: application/octet-stream' -H "x-image-meta-store: $1" "$url/v2/images/$2/file"; }
download() { ask -o /dev/null "$url/v2/images/$1/file"; }
remove() { ask -X DELETE "$url/v2/images/$1"; }
tool() { docker exec "$tools" "$@" > "$work/tool.log" 2>&1 || { cat "$work/tool.log" >&2; return 1; }; }
rbd=(rbd --conf /glance/ceph/ceph.conf --keyring /glance/ceph/ceph.client.glance.keyring --id glance --no-progress)
rbd() { tool "${rbd[@]}" "$@"; }

# The backend's own way, with the image service's sizes of segments, parts and objects.
put_file() { cp "$BENCH_DATA/random-$SIZE_MIB" "$volume/bench-tool" && sync "$volume/bench-tool"; }
get_file() { cat "$volume/bench-tool" > /dev/null; }
drop_file() { rm "$volume/bench-tool"; }
put_swift() { tool swift upload --segment-size 204800000 --object-name bench-tool bench-tool "/data/random-$SIZE_MIB"; }
get_swift() { tool swift download --output /dev/null bench-tool bench-tool; }
drop_swift() { tool swift delete bench-tool bench-tool; }
put_rbd() { rbd import --object-size 8M "/data/random-$SIZE_MIB" images/bench-tool; }
get_rbd() { tool bash -c '"$@" > /dev/null' get "${rbd[@]}" export images/bench-tool -; }    # A pipe of its own: /dev/null as a file is not one it can export to.
drop_rbd() { rbd rm images/bench-tool; }
put_s3() { tool python3 /tools/s3.py up bench-images bench-tool "/data/random-$SIZE_MIB"; }
get_s3() { tool python3 /tools/s3.py down bench-images bench-tool /dev/null; }
drop_s3() { :; }    # The next one overwrites it.

# Everybody's processor time on this machine so far, in ticks.
busy() { awk '$1 == "cpu" { print $2 + $3 + $4 + $7 + $8 }' /proc/stat; }
# timed NAME COMMAND... : MiB/s of one file, and the machine's processor time in ms per MiB, to $work/NAME.rates
timed() {
    local name=$1 start end before
    shift
    before=$(busy) start=$(date +%s%N)
    "$@"
    end=$(date +%s%N)
    awk -v ns=$((end - start)) -v mib="$SIZE_MIB" -v ticks=$(($(busy) - before)) -v hertz="$(getconf CLK_TCK)" \
        'BEGIN { printf "%.1f %.2f\n", mib * 1e9 / ns, ticks * 1000 / hertz / mib }' >> "$work/$name.rates"
}
rate() { median 1 "$work/$1.rates"; }
cpu() { median 2 "$work/$1.rates"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
both_hashes() {
    openssl md5 "$BENCH_DATA/random-$SIZE_MIB" > /dev/null &
    openssl sha512 "$BENCH_DATA/random-$SIZE_MIB" > /dev/null
    wait $!
}

measure() { # BACKEND
    local id
    sync
    timed hashes both_hashes
    id=$(create)
    timed "$1-up" upload "$1" "$id" "$SIZE_MIB"
    sync
    timed "$1-tool-up" "put_$1"
    timed "$1-down" download "$id"
    timed "$1-tool-down" "get_$1"
    "drop_$1"
    remove "$id"
}

resident() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$pid/status" | awk '{ printf "%.0f", $1 / 1024 }'; }

crowd() { # BACKEND : resident memory, MiB, of a service that has just been started, and the most while many upload at once
    local ids=() jobs=() id idle
    docker restart "$glance" > /dev/null
    until curl -sf -m 2 -o /dev/null "$url/healthcheck"; do sleep 0.2; done
    pid=$(service_pid)
    idle=$(resident VmRSS)
    for _ in $(seq "$CROWD"); do ids+=("$(create)"); done
    echo 5 > "/proc/$pid/clear_refs"
    for id in "${ids[@]}"; do upload "$1" "$id" "$CROWD_MIB" & jobs+=($!); done
    for id in "${jobs[@]}"; do wait "$id"; done
    echo "$(resident VmHWM) ($idle)"
    for id in "${ids[@]}"; do remove "$id"; done
}

move() { # FROM TO : two images; the command's own start is part of it
    local first second
    first=$(create) second=$(create)
    upload "$1" "$first" "$SIZE_MIB"
    upload "$1" "$second" "$SIZE_MIB"
    sync
    SIZE_MIB=$((2 * SIZE_MIB)) timed "move-$1-$2" docker exec "$glance" kollanet-image images migrate --from "$1" --to "$2" --config-file /etc/glance/glance-api.conf > "$work/move.log" 2>&1 ||
        { cat "$work/move.log" >&2; return 1; }
    remove "$first"
    remove "$second"
}

begin="$(date -u +%F\ %H:%M) UTC, $(nproc) processors, load average $(load)"
for backend in $BACKENDS; do id=$(create); upload "$backend" "$id" "$CROWD_MIB"; remove "$id"; done    # Warm, and the bucket is made.
for round in $(seq "$ROUNDS"); do
    say "round $round"
    for backend in $BACKENDS; do measure "$backend"; done
done
say "many at once"
for backend in $BACKENDS; do crowd "$backend" > "$work/$backend.rss"; done
say "migration"
previous="" moves=()
for backend in $BACKENDS ${BACKENDS%% *}; do
    if [ -n "$previous" ] && [ "$previous" != "$backend" ]; then move "$previous" "$backend"; moves+=("$previous $backend"); fi
    previous=$backend
done

{
    echo "- begin: $begin"
    echo "- end: $(date -u +%F\ %H:%M) UTC, load average $(load); $ROUNDS rounds of $SIZE_MIB MiB, medians in MiB/s; both hashes of it by openssl, side by side: $(rate hashes)"
    echo
    echo "| backend | upload by its tool | by the image service | ratio | to the lower of tool and hashes | aim ≥ 0.9 | download by its tool | by the image service | ratio | aim ≥ 0.9 | most RSS in MiB at $CROWD uploads of $CROWD_MIB MiB at once (before) |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|"
    for backend in $BACKENDS; do
        up=$(rate "$backend-up") tool_up=$(rate "$backend-tool-up") down=$(rate "$backend-down") tool_down=$(rate "$backend-tool-down")
        bound=$(printf '%s\n' "$tool_up" "$(rate hashes)" | sort -n | head -1)
        met() { awk -v a="$1" -v b="$2" -v aim="$3" 'BEGIN { print (a / b >= aim ? "yes" : "**no**") }'; }
        echo "| $backend | $tool_up | $up | $(ratio "$up" "$tool_up") | $(ratio "$up" "$bound") | $(met "$up" "$bound" 0.9) | $tool_down | $down | $(ratio "$down" "$tool_down") | $(met "$down" "$tool_down" 0.9) | $(cat "$work/$backend.rss") |"
    done
    echo
    echo "Processor time of the whole machine, service, backend and database together, in ms per MiB. No rate can be higher than the one at which the tool's share and that of both hashes leave no processor idle:"
    echo
    echo "| backend | both hashes | upload by its tool | by the image service | so many MiB/s at most | reached | download by its tool | by the image service |"
    echo "|---|---|---|---|---|---|---|---|"
    for backend in $BACKENDS; do
        most=$(awk -v n="$(nproc)" -v a="$(cpu hashes)" -v b="$(cpu "$backend-tool-up")" 'BEGIN { printf "%.0f", n * 1000 / (a + b) }')
        echo "| $backend | $(cpu hashes) | $(cpu "$backend-tool-up") | $(cpu "$backend-up") | $most | $(ratio "$(rate "$backend-up")" "$most") | $(cpu "$backend-tool-down") | $(cpu "$backend-down") |"
    done
    echo
    echo "| migration of two images | MiB/s | the slower of reading and writing through the service | ratio | aim ≥ 0.8 | processor time, ms per MiB |"
    echo "|---|---|---|---|---|---|"
    for pair in "${moves[@]}"; do
        read -r from to <<< "$pair"
        slower=$(printf '%s\n' "$(rate "$from-down")" "$(rate "$to-up")" | sort -n | head -1)
        echo "| $from to $to | $(rate "move-$from-$to") | $slower | $(ratio "$(rate "move-$from-$to")" "$slower") | $(met "$(rate "move-$from-$to")" "$slower" 0.8) | $(cpu "move-$from-$to") |"
    done
} > "$work/tables.md"
cat "$work/tables.md"
if [ "${RECORD:-no}" = yes ]; then
    sed -i -e "/^<!-- backends: begin/,/^<!-- backends: end/{/^<!-- backends/!d}" -e "/^<!-- backends: begin/r $work/tables.md" "$root/bench/RESULTS.md"
fi
