#!/usr/bin/env bash
# Two real Docker engines for the tests, apart from any engine that the machine runs already: own sockets, own data, own
# containerd, own bridge, no firewall rules. So a test may kill one.
#   old  Debian bookworm's, 20.10 (API 1.41), also on plain TCP
#   new  Debian sid's, 28 or later (API 1.44 or later), also on TCP with TLS and client certificates
# Both have the image pult-bed/busybox:1. Containers outlive their engine (live-restore). While they are up, every user of
# this machine can rule them (and so the machine) through the TCP ports: not for a machine shared with strangers.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/bed/common.sh
. ./common.sh

usage() {
  cat >&2 <<'END'
usage: docker.sh up                fetch what is missing, start both engines, load the image
       docker.sh down              remove every container on both engines, stop the engines
       docker.sh env               print the exports that the tests read
       docker.sh clean             remove what the tests made (label pult.test=1)
       docker.sh status            which engine answers, and its version
       docker.sh start|stop ENGINE start it (also after kill or freeze); stop it as an update would
       docker.sh kill ENGINE       kill -9 the engine; its containers go on
       docker.sh freeze ENGINE     the engine hangs: it accepts, and answers nothing; start thaws it
       docker.sh cli ENGINE ...    that engine's own docker client (ENGINE is old or new)
END
  exit 2
}

readonly RUN=/run/pult-bed IMAGE=pult-bed/busybox:1 CERTS=$PULT_BED/certs LOGS=$PULT_BED/logs
readonly OLD_TCP=127.0.0.1:12375 NEW_TLS=127.0.0.1:12376

# engine NAME: sets the variables that describe one engine; every function below speaks of that one.
engine() {
  name=$1 dir=$RUN/$1 data=$PULT_BED/docker-$1-data tree=$PULT_BED/docker-$1
  bridge=pult-bed-$1
  bins=$tree/usr/sbin:$tree/usr/bin
  case $1 in
    old)
      suite=bookworm net=10.213.1 pool=10.213.16.0/20
      # busybox is for the image; runc also serves the new engine, as sid's needs a newer libc
      debs=(docker.io containerd runc busybox-static)
      listen=(--host "tcp://$OLD_TCP" --tls=false)
      ;;
    new)
      suite=sid net=10.213.2 pool=10.213.32.0/20
      debs=(docker.io docker-cli containerd)
      bins=$bins:$PULT_BED/docker-old/usr/sbin
      listen=(--host "tcp://$NEW_TLS" --tlsverify --tlscacert "$CERTS/ca.pem"
        --tlscert "$CERTS/server-cert.pem" --tlskey "$CERTS/server-key.pem")
      ;;
    *) usage ;;
  esac
  # the engine's own client, free of the caller's DOCKER_* variables and contexts
  client=(env -i HOME="$dir" PATH="$bins:$PATH" docker --host "unix://$dir/docker.sock")
}

version() {
  timeout 5 "${client[@]}" version --format '{{.Server.Version}} (API {{.Server.APIVersion}})' 2>/dev/null
}

# alive FILE: the process that the pid file names runs and is ours (the number may have gone to another process since).
alive() {
  [ -s "$1" ] && grep -qsaF "$dir/" "/proc/$(<"$1")/cmdline"
}

# signal FILE SIGNAL: sends it, if that process is alive.
signal() {
  if alive "$1"; then kill "-$2" "$(<"$1")" 2>/dev/null || true; fi
}

# end FILE: asks the process to stop, waits, and kills it after ten seconds.
end() {
  signal "$1" CONT
  signal "$1" TERM
  for _ in {1..100}; do
    alive "$1" || break
    sleep 0.1
  done
  signal "$1" KILL
  gone "$1"
}

# gone FILE: waits for the end of a killed process.
gone() {
  for _ in {1..50}; do
    alive "$1" || { rm -f "$1" && return; }
    sleep 0.1
  done
  die "process $(<"$1") of the $name engine does not end; read $LOGS/$name-*.log"
}

# background NAME COMMAND...: starts it in a session of its own with a log of its own; leaves its process id in $!.
background() {
  local log=$LOGS/$name-$1.log
  shift
  env PATH="$bins:$PATH" setsid "$@" >>"$log" 2>&1 </dev/null 9>&- &
}

fetch() {
  local log=$LOGS/$name-fetch.log part=$tree.part version
  [ -x "$tree/usr/sbin/dockerd" ] && return
  say "fetching the $name Docker engine from Debian $suite"
  rm -rf "$part"
  unpack_debs "$suite" "$part" "${debs[@]}" >"$log" 2>&1 ||
    die "cannot fetch ${debs[*]} from Debian $suite; read $log"
  version=$("$part/usr/sbin/dockerd" --version 2>>"$log" | sed -n 's/^Docker version \([^,]*\),.*/\1/p')
  [ -n "$version" ] || die "dockerd of Debian $suite does not run on this machine; read $log"
  rm -rf "$PULT_BED/docker-$version"
  mv "$part" "$PULT_BED/docker-$version"
  ln -sfn "docker-$version" "$tree"
}

# make_certs: a CA, a server certificate for loopback, a client certificate; throw-away keys, readable by every user here.
make_certs() {
  local log=$LOGS/certs.log part=$CERTS.part
  openssl x509 -checkend 604800 -noout -in "$CERTS/cert.pem" >/dev/null 2>&1 && return
  rm -rf "$part" && mkdir -p "$part"
  (
    cd "$part"
    ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    openssl req -x509 "${ec[@]}" -days 3650 -subj '/CN=pult bed CA' -keyout ca-key.pem -out ca.pem \
      -config <(printf '%s\n' '[req]' distinguished_name=dn x509_extensions=ca '[dn]' '[ca]' \
        basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash)
    leaf() {
      openssl req "${ec[@]}" -subj "/CN=pult bed $1" -keyout "$2key.pem" -out "$1.csr"
      openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 3650 -out "$2cert.pem" \
        -extfile <(printf '%s\n' basicConstraints=CA:FALSE "extendedKeyUsage=$1Auth" "$3")
    }
    leaf server server- subjectAltName=IP:127.0.0.1,DNS:localhost
    leaf client '' keyUsage=digitalSignature
    rm ./*.csr
    chmod 644 ./*.pem
    openssl verify -CAfile ca.pem server-cert.pem cert.pem
  ) >"$log" 2>&1 || die "cannot make the TLS certificates; read $log"
  engine new
  end "$dir/dockerd.pid" # it serves the certificates of before
  rm -rf "$CERTS" && mv "$part" "$CERTS"
}

# mount_cgroups: where nothing has mounted the cgroup controllers (a bare container, no systemd), do.
mount_cgroups() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ] || mountpoint -q /sys/fs/cgroup/memory; then return; fi
  need_debs cgroupfs-mount
  cgroupfs-mount || true
  mountpoint -q /sys/fs/cgroup/memory || die "the cgroup controllers are not mounted and cgroupfs-mount cannot mount them"
}

make_bridge() {
  [ -e "/sys/class/net/$bridge" ] && return
  { ip link add "$bridge" type bridge && ip addr add "$net.1/24" dev "$bridge" && ip link set "$bridge" up; } \
    >>"$LOGS/$name-dockerd.log" 2>&1 || die "cannot make the network bridge $bridge; read $LOGS/$name-dockerd.log"
}

start() {
  local answer pid
  mkdir -p "$dir" "$data"
  if alive "$dir/dockerd.pid"; then
    pid=$(<"$dir/dockerd.pid")
    signal "$dir/dockerd.pid" CONT
  else
    [ -x "$tree/usr/sbin/dockerd" ] || die "the $name Docker engine is not there yet: run docker.sh up"
    echo '{}' >"$dir/daemon.json" # so that the machine's own configuration does not count
    printf '%s\n' 'version = 2' 'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.nri.v1.nri"]' \
      >"$dir/containerd.toml"
    if ! alive "$dir/containerd.pid"; then
      rm -f "$LOGS/$name-containerd.log" "$LOGS/$name-dockerd.log" # a fresh start; one after a kill appends
      background containerd containerd --config "$dir/containerd.toml" --address "$dir/containerd.sock" \
        --root "$data/containerd" --state "$dir/containerd"
      echo $! >"$dir/containerd.pid"
    fi
    make_bridge
    rm -f "$dir/dockerd.pid"
    background dockerd dockerd --host "unix://$dir/docker.sock" "${listen[@]}" --group "${SUDO_GID:-0}" \
      --containerd "$dir/containerd.sock" --data-root "$data/docker" --exec-root "$dir/exec" --pidfile "$dir/dockerd.pid" \
      --config-file "$dir/daemon.json" --bridge "$bridge" --default-address-pool "base=$pool,size=24" \
      --iptables=false --ip-forward=false --ip-masq=false --live-restore
    pid=$!
  fi
  for _ in {1..300}; do
    if answer=$(version); then
      say "$name: Docker $answer on unix://$dir/docker.sock"
      return
    fi
    kill -0 "$pid" 2>/dev/null || die "the $name Docker engine ended at its start; read $LOGS/$name-dockerd.log"
    sleep 0.1
  done
  die "the $name Docker engine does not answer; read $LOGS/$name-dockerd.log"
}

# check_api: the tests of new behaviour need what came with API 1.44.
check_api() {
  local api
  api=$("${client[@]}" version --format '{{.Server.APIVersion}}')
  [ "${api#1.}" -ge 44 ] || die "the new Docker engine serves only API $api (1.44 or later is needed): Debian $suite moved"
}

# load_image: one static busybox with all its applets, as no registry is within reach.
load_image() {
  local root applet log=$LOGS/$name-import.log busybox=$PULT_BED/docker-old/bin/busybox
  "${client[@]}" image inspect "$IMAGE" >/dev/null 2>&1 && return
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,root}
  chmod 755 "$root"
  chmod 1777 "$root/tmp"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  cp "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  tar -C "$root" --numeric-owner --owner 0 --group 0 -c . |
    "${client[@]}" import --change 'ENV PATH=/bin' --change 'CMD ["sh"]' - "$IMAGE" >"$log" 2>&1 ||
    die "cannot load the image $IMAGE into the $name engine; read $log"
  rm -rf "$root"
}

up() {
  need_debs iproute2 openssl debian-archive-keyring libdevmapper1.02.1 libseccomp2 libsystemd0
  mount_cgroups
  make_certs
  for name in old new; do
    engine "$name"
    fetch
    start
    load_image
  done
  check_api
}

mounts_below() {
  awk -v dir="$1/" 'index($2, dir) == 1 { print $2 }' /proc/self/mounts | sort --reverse
}

# down: an engine that was killed is started once more, as its containers may live on and only it can take them along.
down() {
  for name in old new; do
    engine "$name"
    [ -e "$dir" ] || continue
    if alive "$dir/dockerd.pid" || [ -n "$(ls -A "$data/docker/containers" 2>/dev/null)" ]; then
      (start) 2>>"$LOGS/$name-dockerd.log" || die "cannot start the $name engine to remove its containers; read $LOGS/$name-dockerd.log"
      remove ps --all
    fi
    end "$dir/dockerd.pid"
    end "$dir/containerd.pid"
    if mountpoint -q "$data/docker"; then umount --lazy "$data/docker"; fi # dockerd mounts it on itself
    if [ -e "/sys/class/net/$bridge" ]; then ip link del "$bridge"; fi
    # A container on the host's network leaves a mount of its namespace behind.
    mounts_below "$dir" | while read -r mount; do umount --lazy "$mount"; done
    rm -rf "$dir"
    say "$name: down"
  done
}

# remove ps|'network ls'|'volume ls' FILTER...: removes what that list names.
remove() {
  local ids log=$LOGS/$name-remove.log
  mapfile -t ids < <("${client[@]}" "$@" --quiet)
  [ ${#ids[@]} = 0 ] && return
  if [ "$1" = ps ]; then
    "${client[@]}" rm --force --volumes "${ids[@]}"
  else
    "${client[@]}" "$1" rm "${ids[@]}"
  fi >"$log" 2>&1 || die "cannot remove the ${1/ps/container}s of the $name engine; read $log"
}

clean() {
  for name in old new; do
    engine "$name"
    version >/dev/null || die "the $name Docker engine does not answer; read $LOGS/$name-dockerd.log"
    remove ps --all --filter label=pult.test=1
    remove network ls --filter label=pult.test=1
    remove volume ls --filter label=pult.test=1
  done
}

status() {
  for name in old new; do
    engine "$name"
    say "$name: $(version | grep . || echo 'does not answer')"
  done
}

print_env() {
  printf 'export %s\n' "PULT_BED_DOCKER_OLD=unix://$RUN/old/docker.sock" "PULT_BED_DOCKER_NEW=unix://$RUN/new/docker.sock" \
    "PULT_BED_DOCKER_TCP=tcp://$OLD_TCP" "PULT_BED_DOCKER_TLS=tcp://$NEW_TLS" "PULT_BED_DOCKER_CERTS=${CERTS@Q}"
}

verb=${1:-}
case $verb in
  env) print_env && exit ;;
  status) status && exit ;;
  cli)
    engine "${2:-}"
    "${client[@]}" "${@:3}"
    exit
    ;;
  up | down | clean) [ $# = 1 ] || usage ;;
  start | stop | kill | freeze)
    [ $# = 2 ] || usage
    engine "$2"
    ;;
  *) usage ;;
esac

if [ "$(id -u)" != 0 ]; then
  mkdir -p "$LOGS"
  command -v sudo >/dev/null || die "$verb needs root and there is no sudo"
  exec sudo PULT_BED="$PULT_BED" "$PWD/docker.sh" "$@"
fi

mkdir -p "$RUN" "$LOGS"
exec 9>"$RUN/lock"
flock 9 # one change at a time; background() keeps the lock from what it starts
case $verb in
  stop) end "$dir/dockerd.pid" ;;
  kill)
    signal "$dir/dockerd.pid" KILL
    gone "$dir/dockerd.pid"
    ;;
  freeze) signal "$dir/dockerd.pid" STOP ;;
  *) "$verb" ;;
esac
