#!/usr/bin/env bash
# Three real Debian servers for the tests: systemd, sshd, ufw, fail2ban, nginx and cron, as containers of the old engine of
# docker.sh (which has to be up). SSH listens on 127.0.0.1:2201 (srv1), :2202 (srv2) and :2203 (srv3); srv1 reaches srv2
# by name. srv3 is the one that is rebooted: nothing else may want it. The Docker socket of the old engine is in all of
# them, so Docker can be reached behind SSH, too. Users:
#   root    by key                                 ops     by key or certificate; may do everything with sudo, unasked
#   guest   by key, no rights                      pw      by password bed-pass; sudo asks for it
#   kbd     keyboard-interactive only, bed-pass    two     by key and then password bed-pass
#   narrow  by key, one session a connection       noisy   by key; a banner, and a .bashrc that talks
#   noforward  by key; no forwarding, may use Docker
# They are for tests on one machine: everybody who reaches these ports knows the password.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/bed/common.sh
. ./common.sh

usage() {
  cat >&2 <<'END'
usage: servers.sh up      make the image if it is missing, start the servers, wait until they answer
       servers.sh down    remove the servers; the image stays
       servers.sh env     print the exports that the tests read
       servers.sh ssh N [USER] [COMMAND...]   OpenSSH into server N, as root or USER
END
  exit 2
}

# The number counts the recipe in image(): raise it with every change there.
readonly IMAGE=pult-bed/server:2 SUBNET=10.213.9 PORTS=(2201 2202 2203)
readonly HOME_=$PULT_BED/servers LOGS=$PULT_BED/logs
readonly USERS=(root ops guest two narrow noisy noforward)

docker() { ./docker.sh cli old "$@"; }

# secure_shell N [USER] [COMMAND...]: with the bed's key and known hosts, and nothing of this machine's configuration.
secure_shell() {
  local n=$1 user=${2:-root}
  ssh -F none -i "$HOME_/id" -p "${PORTS[n - 1]}" -o BatchMode=yes -o UserKnownHostsFile="$HOME_/known_hosts" \
    -o ConnectTimeout=2 "$user@127.0.0.1" "${@:3}"
}

image() {
  local root=$HOME_/root log=$LOGS/servers-image.log packages
  docker image inspect "$IMAGE" >/dev/null 2>&1 && return
  say "making the image $IMAGE with debootstrap"
  need_debs debootstrap debian-archive-keyring
  rm -rf "$root"
  packages=systemd,systemd-sysv,dbus,openssh-server,openssh-sftp-server,ufw,fail2ban,python3-systemd,cron,sudo,procps
  packages=$packages,iproute2,iptables,less,nginx-light,logrotate,util-linux,passwd,apt,ca-certificates,restic,borgbackup
  debootstrap --variant=minbase --include="$packages" bookworm "$root" "$(debian_mirror)" >"$log" 2>&1 ||
    die "debootstrap failed; read $log"
  { furnish "$root" && tar -C "$root" --numeric-owner -c . | docker import - "$IMAGE"; } >>"$log" 2>&1 ||
    die "cannot make the image $IMAGE; read $log"
  rm -rf "$root"
}

# furnish ROOT: users, sshd, a failing unit, a jail.
furnish() {
  local root=$1 user
  rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/fail2ban/jail.d/defaults-debian.conf"
  for user in ops guest pw kbd two narrow noisy noforward; do chroot "$root" useradd -m -s /bin/bash "$user"; done
  chroot "$root" usermod -aG sudo,adm,systemd-journal ops
  chroot "$root" usermod -aG sudo pw
  printf '%s:bed-pass\n' ops pw kbd two | chroot "$root" chpasswd
  echo 'ops ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/ops"
  chmod 440 "$root/etc/sudoers.d/ops"
  printf 'echo "welcome to the noise"\necho "and more of it" >&2\n' | tee "$root/home/noisy/.bashrc" >"$root/home/noisy/.profile"
  printf 'Authorised use only \033[31mno escape\033[0m\n' >"$root/etc/issue.noisy"
  cat >"$root/etc/ssh/sshd_config.d/bed.conf" <<'END'
HostKey /etc/ssh/bed/ssh_host_ed25519_key
HostKey /etc/ssh/bed/ssh_host_rsa_key
HostKey /etc/ssh/bed/ssh_host_ecdsa_key
HostCertificate /etc/ssh/bed/ssh_host_ed25519_key-cert.pub
TrustedUserCAKeys /etc/ssh/bed/user_ca.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxAuthTries 6
UseDNS no
MaxSessions 30
MaxStartups 100
Match User pw,two
  PasswordAuthentication yes
Match User kbd
  KbdInteractiveAuthentication yes
  AuthenticationMethods keyboard-interactive
Match User two
  AuthenticationMethods publickey,password
Match User narrow
  MaxSessions 1
Match User noisy
  Banner /etc/issue.noisy
Match User noforward
  DisableForwarding yes
END
  printf '[DEFAULT]\nignoreip = 127.0.0.1/8 10.213.0.0/16\n[sshd]\nenabled = true\nbackend = systemd\n' \
    >"$root/etc/fail2ban/jail.d/bed.local"
  cat >"$root/etc/systemd/system/broken.service" <<'END'
[Unit]
Description=A unit that fails
[Service]
Type=oneshot
ExecStart=/bin/sh -c "echo giving up; exit 3"
[Install]
WantedBy=multi-user.target
END
  printf '* * * * * root date >/run/bed-cron\n' >"$root/etc/cron.d/bed"
  chroot "$root" systemctl enable broken nginx fail2ban ssh cron
  ln -sf /dev/null "$root/etc/systemd/system/systemd-networkd-wait-online.service"
}

# keys: the client's key, two authorities, and the keys of each server; made once, so that known_hosts stays true.
keys() {
  local n kind
  if [ ! -s "$HOME_/cert-cert.pub" ]; then clients_keys; fi
  for n in 1 2 3; do
    if [ ! -s "$HOME_/srv$n/user_ca.pub" ]; then servers_keys "$n"; fi
  done
  for n in 1 2 3; do
    for kind in ed25519 rsa ecdsa; do
      printf '[127.0.0.1]:%s,srv%s %s\n' "${PORTS[n - 1]}" "$n" "$(cut -d' ' -f1,2 "$HOME_/srv$n/ssh_host_${kind}_key.pub")"
    done
  done >"$HOME_/known_hosts.part"
  mv "$HOME_/known_hosts.part" "$HOME_/known_hosts"
}

clients_keys() {
  local kind
  rm -rf "$HOME_"/srv[1-9]
  for kind in id user_ca host_ca; do
    rm -f "$HOME_/$kind"*
    ssh-keygen -q -t ed25519 -N '' -C "pult bed $kind" -f "$HOME_/$kind"
  done
  cp "$HOME_/id" "$HOME_/id_locked" && ssh-keygen -q -p -P '' -N 'bed-phrase' -f "$HOME_/id_locked"
  cp "$HOME_/id.pub" "$HOME_/id_locked.pub"
  rm -f "$HOME_/cert"* && ssh-keygen -q -t ed25519 -N '' -C 'pult bed cert' -f "$HOME_/cert"
  ssh-keygen -q -s "$HOME_/user_ca" -I ops -n ops "$HOME_/cert.pub"
}

# servers_keys N: what it is known by, and whom it lets in.
servers_keys() {
  local n=$1 kind dir=$HOME_/srv$1
  rm -rf "$dir" && mkdir -p "$dir"
  for kind in ed25519 rsa ecdsa; do ssh-keygen -q -t "$kind" -N '' -C "srv$n" -f "$dir/ssh_host_${kind}_key"; done
  ssh-keygen -q -s "$HOME_/host_ca" -I "srv$n" -h -n "srv$n,127.0.0.1" "$dir/ssh_host_ed25519_key.pub"
  cp "$HOME_/user_ca.pub" "$dir/"
}

# cgroups: the version 2 hierarchy, for systemd in the servers. Given version 1, systemd would mount the controllers that
# this machine has left alone and make its cgroup folder read-only, and the engines could not measure any more.
cgroups() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    echo /sys/fs/cgroup
    return
  fi
  if ! mountpoint -q "$HOME_/cgroup"; then
    mkdir -p "$HOME_/cgroup"
    mount -t cgroup2 cgroup2 "$HOME_/cgroup" || die "cannot mount the cgroups of version 2"
  fi
  echo "$HOME_/cgroup"
}

running() { [ "$(docker inspect -f '{{.State.Running}} {{.Config.Image}}' "bed-srv$1" 2>/dev/null)" = "true $IMAGE" ]; }

start() {
  local n=$1 log=$LOGS/servers.log socket cgroups
  cgroups=$(cgroups)
  socket=$(./docker.sh env | sed -n "s/^export PULT_BED_DOCKER_OLD=unix:\/\///p")
  docker rm -f "bed-srv$n" >/dev/null 2>&1 || true
  docker run -d --restart always --name "bed-srv$n" --hostname "srv$n" --add-host "srv1:$SUBNET.1" --add-host "srv2:$SUBNET.2" -p "127.0.0.1:${PORTS[n - 1]}:22" \
    --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_PTRACE --security-opt seccomp=unconfined \
    --security-opt apparmor=unconfined --cgroupns host -v "$cgroups:/sys/fs/cgroup:rw" \
    --tmpfs /run --tmpfs /run/lock --tmpfs /tmp -v "$HOME_/srv$n:/etc/ssh/bed:ro" \
    -v "${socket%/*}:/srv/docker" -v "$PULT_BED/docker-old/usr/bin/docker:/usr/bin/docker:ro" \
    "$IMAGE" /sbin/init >"$log" 2>&1 || die "cannot start server $n; read $log"
}

# connect: a cable from one server to the other. What passes a bridge may meet the firewall of this machine.
connect() {
  local n pid=() log=$LOGS/servers.log
  for n in 1 2; do pid[n]=$(docker inspect -f '{{.State.Pid}}' "bed-srv$n"); done
  nsenter -t "${pid[1]}" -n ip link show srv2 >/dev/null 2>&1 && return
  ip link add srv2 netns "${pid[1]}" type veth peer name srv1 netns "${pid[2]}" >>"$log" 2>&1 ||
    die "cannot connect the servers with each other; read $log"
  for n in 1 2; do
    nsenter -t "${pid[n]}" -n ip addr add "$SUBNET.$n/24" dev "srv$((3 - n))"
    nsenter -t "${pid[n]}" -n ip link set "srv$((3 - n))" up
  done >>"$log" 2>&1 || die "cannot connect the servers with each other; read $log"
}

# settle N: what only a running server can be told; then waits until it answers.
settle() {
  local n=$1 user log=$LOGS/servers.log
  for user in "${USERS[@]}"; do
    docker exec -i "bed-srv$n" sh -c "umask 077 && home=\$(getent passwd $user | cut -d: -f6) && mkdir -p \$home/.ssh &&
      cat >\$home/.ssh/authorized_keys && chown -R $user \$home/.ssh" <"$HOME_/id.pub"
  done >>"$log" 2>&1 || die "cannot give the users of server $n their key; read $log"
  for _ in {1..120}; do
    if secure_shell "$n" root true 2>>"$log"; then break; fi
    sleep 0.25
  done
  # The Docker socket is where a client looks for it, and noforward is of its group.
  # shellcheck disable=SC2016 # the server expands it
  secure_shell "$n" root 'ln -sfn /srv/docker/docker.sock /run/docker.sock
    usermod -aG "$(stat -Lc %G /run/docker.sock | sed "s/UNKNOWN/root/")" noforward
    ufw allow 22/tcp comment ssh; ufw allow 80,443/tcp; ufw --force enable; systemctl is-active fail2ban nginx cron' \
    >>"$log" 2>&1 || die "server $n does not answer, or a service of it did not start; read $log"
  say "srv$n: ssh on 127.0.0.1:${PORTS[n - 1]}"
}

up() {
  local n
  need_debs openssh-client iproute2 util-linux
  docker version >/dev/null 2>&1 || die "the old Docker engine is not up: tests/bed/docker.sh up"
  image
  keys
  [ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$HOME_" "$HOME_"/id* "$HOME_"/cert* "$HOME_"/*_ca*
  for n in 1 2 3; do
    if ! running "$n"; then start "$n"; fi
  done
  connect
  for n in 1 2 3; do
    if ! secure_shell "$n" root 'ufw status | grep -q "Status: active"' 2>/dev/null; then settle "$n"; fi
  done
}

down() {
  docker rm -f bed-srv1 bed-srv2 bed-srv3 >/dev/null 2>&1 || true
  if mountpoint -q "$HOME_/cgroup"; then umount "$HOME_/cgroup"; fi
  say "servers: down"
}

print_env() {
  printf 'export %s\n' "PULT_BED_SSH_1=127.0.0.1:${PORTS[0]}" "PULT_BED_SSH_2=127.0.0.1:${PORTS[1]}" \
    "PULT_BED_SSH_3=127.0.0.1:${PORTS[2]}" \
    "PULT_BED_SSH_DIR=${HOME_@Q}"
}

case ${1:-} in
  env) print_env && exit ;;
  ssh)
    secure_shell "${@:2}"
    exit
    ;;
  up | down) [ $# = 1 ] || usage ;;
  *) usage ;;
esac

if [ "$(id -u)" != 0 ]; then
  mkdir -p "$LOGS"
  command -v sudo >/dev/null || die "$1 needs root and there is no sudo"
  exec sudo PULT_BED="$PULT_BED" "$PWD/servers.sh" "$@"
fi

mkdir -p "$HOME_" "$LOGS"
exec 9>"$HOME_/lock"
flock 9 # one change at a time
"$1"
