#!/bin/bash
# Compares our image service with Debian's Glance: same host, same site, same Keystone, MariaDB, disk and client. Arguments go to the
# harness (--rounds 5, --only show create, --json FILE…). Brings everything up, and takes it down again whatever happens.
# RECORD=yes also puts the tables into RESULTS.md, between its two marks.
set -euo pipefail
. "$(dirname "$0")/site.sh"
: "${PEER_WORKERS:=2}" "${BENCH_DATA:=/tmp/kollanet-bench-data}"
peer=${BENCH_PREFIX}peer_glance nginx=${BENCH_PREFIX}peer_nginx volume=${BENCH_PREFIX}peer_glance
peer_port=$((BENCH_PORT + 10)) nginx_port=$((BENCH_PORT + 11)) database_port=$BENCH_PORT
image=kollanet-bench/peer

remove_peer() {
    docker rm --force "$peer" "$nginx" kollanet-bench-empty > /dev/null 2>&1 || true
    docker volume rm "$volume" > /dev/null 2>&1 || true
}
trap 'remove_peer; destroy_site; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

say() { echo "== $*" >&2; }
until_answers() { # URL
    for _ in $(seq 300); do [ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "$1")" = 000 ] || return 0; sleep 0.2; done
    echo "$1 does not answer" >&2
    return 1
}

say "site"
write_site
remove_peer
destroy_site    # what a run that was killed left
kollanet deploy > "$work/deploy.log" 2>&1 || { cat "$work/deploy.log" >&2; exit 1; }
kollanet post-deploy > "$work/post-deploy.log" 2>&1 || { cat "$work/post-deploy.log" >&2; exit 1; }

say "peer image"
base=$(docker inspect --format '{{.Config.Image}}' "${BENCH_PREFIX}glance_api" | sed 's/glance-api/base/')
DOCKER_BUILDKIT=0 docker build --network host --build-arg "BASE=$base" -t "$image" "$root/bench/peer" > "$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }

say "peer"
peer_database="mysql+pymysql://peer_glance:$(password glance_database_password)@$BENCH_ADDRESS:$database_port/peer_glance?charset=utf8"
docker exec --interactive --env "MYSQL_PWD=$(password database_password)" "${BENCH_PREFIX}mariadb" \
    mariadb --host "$BENCH_ADDRESS" --port "$database_port" --user root <<SQL
CREATE DATABASE IF NOT EXISTS peer_glance CHARACTER SET utf8mb3;
GRANT ALL ON peer_glance.* TO 'peer_glance'@'%' IDENTIFIED BY '$(password glance_database_password)';
SQL
cat > "$work/glance-api.conf" <<INI
[DEFAULT]
bind_host = $BENCH_ADDRESS
bind_port = $peer_port
workers = $PEER_WORKERS
log_file = /var/log/glance/glance-api.log
enabled_backends = file:file
transport_url = fake://
worker_self_reference_url = http://$BENCH_ADDRESS:$peer_port
[database]
connection = $peer_database
connection_recycle_time = 10
max_pool_size = 50
max_retries = -1
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = /var/lib/glance/images/
[os_glance_staging_store]
filesystem_store_datadir = /var/lib/glance/staging/
[os_glance_tasks_store]
filesystem_store_datadir = /var/lib/glance/tasks/
[keystone_authtoken]
www_authenticate_uri = http://$BENCH_ADDRESS:$((BENCH_PORT + 1))
auth_url = http://$BENCH_ADDRESS:$((BENCH_PORT + 1))
auth_type = password
project_domain_id = default
user_domain_id = default
project_name = service
username = glance
password = $(password glance_keystone_password)
service_token_roles_required = true
memcached_servers = $BENCH_ADDRESS:$((BENCH_PORT + 3))
[paste_deploy]
flavor = keystone
[oslo_concurrency]
lock_path = /var/lib/glance/tmp
[oslo_messaging_notifications]
driver = noop
INI
glance_user=$(docker run --rm "$image" id -u glance)
chown "$glance_user" "$work/glance-api.conf"
chmod 0400 "$work/glance-api.conf"
chmod 0755 "$work"
peer_options=(--network host --user glance --volume "$work/glance-api.conf:/etc/glance/glance-api.conf:ro" --volume "$volume:/var/lib/glance")
docker run --rm "${peer_options[@]}" "$image" sh -c 'mkdir -p /var/lib/glance/images /var/lib/glance/staging /var/lib/glance/tasks /var/lib/glance/tmp && glance-manage db_sync' > "$work/sync.log" 2>&1 ||
    { cat "$work/sync.log" >&2; exit 1; }
docker run --detach --name "$peer" "${peer_options[@]}" "$image" glance-api --config-file /etc/glance/glance-api.conf > /dev/null
until_answers "http://$BENCH_ADDRESS:$peer_port/" || { docker logs "$peer" >&2; exit 1; }

say "nginx"
mkdir -p "$BENCH_DATA"
[ -e "$BENCH_DATA/random-512" ] || head -c 512M /dev/urandom > "$BENCH_DATA/random-512"
cat > "$work/nginx.conf" <<NGINX
worker_processes 2;
daemon off;
pid /tmp/nginx.pid;
events {}
http { access_log off; sendfile on; server { listen $BENCH_ADDRESS:$nginx_port; root /data; } }
NGINX
docker run --detach --name "$nginx" --network host --volume "$work/nginx.conf:/etc/nginx/nginx.conf:ro" --volume "$BENCH_DATA:/data:ro" "$image" nginx > /dev/null
until_answers "http://$BENCH_ADDRESS:$nginx_port/"

say "harness"
dotnet build "$root/bench/KollaNet.Bench" --nologo -v quiet -c Release -o "$work/harness" > "$work/harness.log" || { cat "$work/harness.log" >&2; exit 1; }
. "$site/admin-openrc.sh"
ours="mysql+pymysql://glance:$(password glance_database_password)@$BENCH_ADDRESS:$database_port/glance"
dotnet "$work/harness/KollaNet.Bench.dll" \
    --a "Glance=http://$BENCH_ADDRESS:$peer_port,container=$peer" \
    --b "KollaNet=http://$BENCH_ADDRESS:$((BENCH_PORT + 2)),container=${BENCH_PREFIX}glance_api,database=$ours" \
    --file-server "nginx=http://$BENCH_ADDRESS:$nginx_port/random-512,container=$nginx" \
    --shared "${BENCH_PREFIX}mariadb" --work "$BENCH_DATA" --cold-start --markdown "$work/tables.md" "$@"

if [ "${RECORD:-no}" = yes ]; then
    sed -i -e "/^<!-- against-glance: begin/,/^<!-- against-glance: end/{/^<!-- against-glance/!d}" -e "/^<!-- against-glance: begin/r $work/tables.md" "$root/bench/RESULTS.md"
fi
