#!/bin/bash
# The image service on a real NFS mount. This machine's kernel may have no NFS, so a Debian kernel runs in QEMU (TCG: no KVM needed), with dockerd in it; the server is
# nfs-ganesha in a container outside. Needs docker, qemu-system-x86_64 and the image of the service. Takes 10 to 20 minutes; not part of CI.
#   kollanet build; tests/nfs-in-guest.sh [IMAGE]        IMAGE: kolla/glance-api:2022.2-debian-bookworm
# Its first argument may be another glance-api image, for example the one that tests build: kollanet-test/glance-api:2022.2-debian-bookworm
set -euo pipefail

image=${1:-kolla/glance-api:2022.2-debian-bookworm}
base=${image/glance-api/base}
name=kollanet-nfs-guest
work=${WORK:-$(mktemp -d -t kollanet-nfs-XXXXXX)}
api=http://127.0.0.1:19292
failed=0

docker image inspect "$image" "$base" >/dev/null || { echo "build the images first: kollanet build" >&2; exit 2; }
command -v qemu-system-x86_64 >/dev/null || { echo "install QEMU first: apt-get install --no-install-recommends qemu-system-x86" >&2; exit 2; }
mkdir -p "$work"

end() {
  [ -z "${qemu:-}" ] || kill "$qemu" 2>/dev/null || true
  docker rm -f $name-server >/dev/null 2>&1 || true
  docker volume rm $name-export >/dev/null 2>&1 || true
  [ -n "${WORK:-}" ] || rm -rf "$work"
}
trap end EXIT
say() { printf '== %s\n' "$*"; }
pass() { printf 'ok       %s\n' "$*"; }
fail() { printf 'FAILED   %s\n' "$*"; failed=1; }
# expect WHAT WORDS TEXT: the text must hold the words.
expect() { if grep -qF -- "$2" <<<"$3"; then pass "$1: $(grep -F -- "$2" <<<"$3" | head -n 1 | cut -c1-220)"; else fail "$1: does not say \"$2\" but: $3"; fi; }
guest() { docker -H tcp://127.0.0.1:12375 "$@"; }
# Runs a command in the guest itself, past its containers.
inside() { guest run --rm --privileged --pid host --network host --user root --entrypoint nsenter "$image" -t 1 -m -- "$@"; }
await() { local what=$1; shift; for _ in $(seq 600); do if "$@" >/dev/null 2>&1; then return; fi; sleep 1; done; fail "$what"; exit 1; }

say "images of guest and server"
DOCKER_BUILDKIT=0 docker build --network host --quiet --tag $name-root - >/dev/null 2>&1 <<DOCKERFILE
FROM $base
USER root
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io kmod nfs-common busybox-static linux-image-cloud-amd64 > /dev/null && apt-get clean
RUN set -e; k=\$(ls /lib/modules); i=/tmp/initrd; mkdir -p \$i/bin \$i/m \$i/proc \$i/dev \$i/root; cp /bin/busybox \$i/bin/; n=100; \\
    for f in \$(for m in virtio_pci virtio_blk ext4 crc32c_generic; do modprobe -S \$k --show-depends \$m; done | awk '/^insmod/ && !seen[\$2]++ {print \$2}'); do n=\$((n+1)); cp \$f \$i/m/\$n.ko; done; \\
    printf '%s\n' '#!/bin/busybox sh' 'b=/bin/busybox; \$b mount -t proc proc /proc; \$b mount -t devtmpfs dev /dev; for f in /m/*; do \$b insmod \$f; done' '\$b mount -t ext4 /dev/vda /root && exec \$b switch_root /root /guest-init' > \$i/init; \\
    chmod 0755 \$i/init; cd \$i; find . | busybox cpio -o -H newc > /boot/initrd; \\
    printf '%s\n' '#!/bin/bash' 'mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run; mount -t devtmpfs dev /dev; mount -t cgroup2 cgroup /sys/fs/cgroup; mount -t tmpfs tmp /tmp' \\
      'for m in virtio_net overlay nfsv4; do modprobe \$m; done; ip link set lo up; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.2.2; hostname guest' \\
      'exec dockerd -H tcp://0.0.0.0:2375 -H unix:///var/run/docker.sock --bridge=none --iptables=false' > /guest-init; chmod 0755 /guest-init
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --network host --quiet --tag $name-server - >/dev/null 2>&1 <<DOCKERFILE
FROM $base
USER root
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nfs-ganesha nfs-ganesha-vfs rpcbind netbase > /dev/null && apt-get clean
RUN mkdir -p /run/ganesha /var/lib/nfs/ganesha && printf '%s\n' 'NFS_CORE_PARAM { Protocols = 4; mount_path_pseudo = true; Enable_NLM = false; Enable_RQUOTA = false; }' \\
  'NFSV4 { Graceless = true; Lease_Lifetime = 10; RecoveryBackend = fs; Minor_Versions = 1,2; }' 'EXPORT_DEFAULTS { Access_Type = RW; Squash = root_squash; SecType = sys; Transports = TCP; }' \\
  'EXPORT { Export_Id = 1; Path = /export/images; Pseudo = /images; FSAL { Name = VFS; } }' > /etc/ganesha.conf
DOCKERFILE

say "NFS server"
docker rm -f $name-server >/dev/null 2>&1 || true
docker run -d --name $name-server --cap-add DAC_READ_SEARCH --security-opt seccomp=unconfined --user root -v $name-export:/export --entrypoint /bin/bash $name-server -c \
  'mkdir -p /export/images; chown 42415:42415 /export/images; rpcbind -w; exec ganesha.nfsd -F -L STDOUT -f /etc/ganesha.conf -N EVENT' >/dev/null
await "the NFS server does not start" sh -c "docker logs $name-server 2>&1 | grep -q 'SERVER INITIALIZED'"
server=$(docker inspect -f '{{.NetworkSettings.IPAddress}}' $name-server)
on_server() { docker exec $name-server "$@"; }

say "guest ($work)"
container=$(docker create $name-root true)
mkdir -p "$work/rootfs"; docker export "$container" | tar -C "$work/rootfs" -x; docker rm "$container" >/dev/null
cp "$work"/rootfs/boot/vmlinuz-* "$work/kernel"; cp "$work/rootfs/boot/initrd" "$work/initrd"
rm -f "$work/disk.img"; mke2fs -q -t ext4 -d "$work/rootfs" "$work/disk.img" 5G; rm -rf "$work/rootfs"
qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 -display none -serial file:"$work/console" -no-reboot \
  -kernel "$work/kernel" -initrd "$work/initrd" -append "console=ttyS0 quiet net.ifnames=0 panic=1" -drive file="$work/disk.img",if=virtio,format=raw,cache=unsafe \
  -netdev user,id=n,hostfwd=tcp:127.0.0.1:12375-:2375,hostfwd=tcp:127.0.0.1:19292-:9292 -device virtio-net-pci,netdev=n &
qemu=$!
await "the guest's docker does not answer; see $work/console" docker -H tcp://127.0.0.1:12375 version
pass "Linux $(guest info -f '{{.KernelVersion}}') with docker $(guest version -f '{{.Server.Version}}')"
docker save "$image" | guest load >/dev/null
pass "has $image"

say "the service, its images in a docker volume on NFS"
# As kollanet makes it from docker_volume_options, with the files that it renders for a site of one file store.
guest volume create --opt type=nfs --opt "o=addr=$server,rw,nfsvers=4.1,soft,timeo=20,retrans=1" --opt device=:/images nas >/dev/null
guest volume create database >/dev/null
inside mkdir -p /etc/kolla/glance-api /mnt/nas
conf=$(printf '%s\n' '[DEFAULT]' 'bind_host = 0.0.0.0' 'enabled_backends = file:file' '[database]' 'connection = sqlite:////var/lib/database/glance.sqlite' '[glance_store]' 'default_backend = file' \
  '[os_glance_staging_store]' 'filesystem_store_datadir = /var/lib/glance/staging' '[os_glance_tasks_store]' 'filesystem_store_datadir = /var/lib/glance/tasks' \
  '[file]' 'filesystem_store_datadir = /var/lib/glance/images' 'filesystem_store_required_mounts = /var/lib/glance:nfs' | base64 -w0)
json=$(printf '%s' '{"command": "glance-api", "config_files": [{"source": "/var/lib/kolla/config_files/glance-api.conf", "dest": "/etc/glance/glance-api.conf", "owner": "glance", "perm": "0600"}], "permissions": [{"path": "/var/lib/database", "owner": "glance:glance"}]}' | base64 -w0)
inside bash -c "echo $conf | base64 -d > /etc/kolla/glance-api/glance-api.conf; echo $json | base64 -d > /etc/kolla/glance-api/config.json"
options=(--network host --read-only --tmpfs "/etc/glance:mode=0755,uid=42415,gid=42415" --tmpfs /run --tmpfs /tmp -e KOLLA_CONFIG_STRATEGY=COPY_ALWAYS -e DOTNET_TieredPGO=0
  -v /etc/kolla/glance-api:/var/lib/kolla/config_files:ro -v database:/var/lib/database -v kolla_logs:/var/log/kolla)
# As kollanet does for volumes on servers: docker must not change owner and mode of what is there.
nocopy() { case $1 in /*) ;; *) echo :nocopy ;; esac; }
try() { timeout 300 docker -H tcp://127.0.0.1:12375 run --rm "${options[@]}" -v "$1:/var/lib/glance$(nocopy "$1")" "$image" bash -c 'sudo kolla_set_configs && exec kollanet-image stores test --within 90' 2>&1 || true; }
expect "a trial of the store" "store file: an object was written, read and deleted" "$(try nas)"
expect "the mount is NFS 4.1" "vers=4.1" "$(guest run --rm --user root --entrypoint grep -v nas:/var/lib/glance:nocopy "$image" " /var/lib/glance nfs4 " /proc/mounts)"

guest run -d --name glance_api "${options[@]}" -v nas:/var/lib/glance:nocopy "$image" >/dev/null
await "the service does not start: $(guest logs glance_api 2>&1 | tail -n 5)" curl -sf $api/healthcheck
pass "glance_api serves from NFS"
head -c 3000000 /dev/urandom >"$work/disk"
new() { curl -sf -H 'Content-Type: application/json' -d '{"name": "disk", "disk_format": "raw", "container_format": "bare"}' $api/v2/images | sed 's/.*"id": *"\([0-9a-f-]*\)".*/\1/'; }
put() { curl -s -m 240 -o "$work/answer" -w '%{http_code}' -T "$work/disk" -H 'Content-Type: application/octet-stream' "$api/v2/images/$1/file"; }
id=$(new)
code=$(put "$id"); [ "$code" = 204 ] && pass "an upload is taken (204)" || fail "an upload answers $code: $(cat "$work/answer")"
curl -sf "$api/v2/images/$id/file" | cmp - "$work/disk" && pass "the download has the same bytes" || fail "the download differs"
expect "the file is on the server, of user glance" "42415 3000000" "$(on_server stat -c '%u %s' "/export/images/images/$id")"
gone=$(new); put "$gone" >/dev/null; curl -sf -X DELETE "$api/v2/images/$gone"
[ -z "$(on_server find /export/images -name "*$gone*")" ] && pass "a deleted image is gone from the server" || fail "a deleted image is still on the server"

say "the server goes away"
docker kill $name-server >/dev/null
late=$(new)
start=$(date +%s); code=$(put "$late"); pass "an upload without a server answers after $(($(date +%s) - start)) s: $code $(head -c 200 "$work/answer" | tr '\n' ' ')"
case $code in 503) ;; *) fail "an upload without a server answers $code, not 503" ;; esac
start=$(date +%s); code=$(curl -s -m 240 -o "$work/answer" -w '%{http_code}' "$api/v2/images/$id/file" || true)
case $code in 200 | 000) if cmp -s "$work/answer" "$work/disk"; then pass "a download comes from the page cache"; else pass "a download breaks after $(($(date +%s) - start)) s"; fi ;; 5*) pass "a download answers $code after $(($(date +%s) - start)) s" ;; *) fail "a download answers $code" ;; esac
expect "an image is still known" "\"$id\"" "$(curl -s -m 60 "$api/v2/images/$id")"
guest rm -f glance_api >/dev/null
out=$(timeout 300 docker -H tcp://127.0.0.1:12375 run --rm "${options[@]}" -v nas:/var/lib/glance:nocopy "$image" 2>&1 || true)
expect "no start without the server" "failed to mount local volume" "$out"

say "the server is back"
docker start $name-server >/dev/null
await "the NFS server does not start again" sh -c "[ \$(docker logs $name-server 2>&1 | grep -c 'SERVER INITIALIZED') -ge 2 ]"
expect "the store can be used again" "store file: an object was written, read and deleted" "$(try nas)"

say "a path that the host mounts"
expect "nothing is mounted there" "and not the file system of type nfs that should be mounted there" "$(try /mnt/nas)"
out=$(timeout 300 docker -H tcp://127.0.0.1:12375 run --rm "${options[@]}" -v /mnt/nas:/var/lib/glance "$image" 2>&1 || true)
expect "the service does not start on the disk below" "and not the file system of type nfs that should be mounted there" "$out"
expect "nothing was written there" "0" "$(inside bash -c 'find /mnt/nas -mindepth 1 | wc -l')"
inside mount -t nfs4 -o "nfsvers=4.1,soft,timeo=20,retrans=1" "$server:/images" /mnt/nas
expect "mounted, it can be used" "store file: an object was written, read and deleted" "$(try /mnt/nas)"
guest run -d --name before "${options[@]}" -v /mnt/nas:/var/lib/glance "$image" bash -c 'sudo kolla_set_configs && touch /tmp/configured && sleep infinity' >/dev/null
await "the container does not start" docker -H tcp://127.0.0.1:12375 exec before test -e /tmp/configured
on_server bash -c 'mv /export/images /export/before; mkdir /export/images; chown 42415:42415 /export/images; rm -rf /export/before'
docker restart $name-server >/dev/null
await "the NFS server does not start again" sh -c "[ \$(docker logs $name-server 2>&1 | grep -c 'SERVER INITIALIZED') -ge 3 ]"
for command in "stores test" serve; do
  out=$(timeout 300 docker -H tcp://127.0.0.1:12375 exec before kollanet-image $command 2>&1 || true)
  expect "a stale mount is refused by kollanet-image $command" "what is mounted at /var/lib/glance cannot be used: " "$out"
done
out=$(timeout 300 docker -H tcp://127.0.0.1:12375 run --rm "${options[@]}" -v /mnt/nas:/var/lib/glance "$image" 2>&1 || true)
expect "a stale mount is refused by docker" "error while creating mount source path" "$out"

[ $failed = 0 ] && say "all of it works" || { say "something does not work; the guest's console is $work/console"; exit 1; }
