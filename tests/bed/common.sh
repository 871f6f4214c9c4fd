# shellcheck shell=bash
# What the scripts of the test bed share. Source it. It keeps what is fetched or built once under $PULT_BED.

export PULT_BED=${PULT_BED:-$HOME/.cache/pult-bed}

say() { printf '%s\n' "$*" >&2; }

# die WHAT FAILED: the one line that a failure leaves, then exit 1.
die() {
  say "${0##*/}: $*"
  exit 1
}

# as_root COMMAND...: runs it as root, through sudo where we are not.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "'$1' needs root and there is no sudo"
  fi
}

# need_debs PACKAGE...: installs the Debian packages that are missing; asks apt for nothing when none is.
need_debs() {
  local package missing=() log=$PULT_BED/logs/apt.log
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  mkdir -p "${log%/*}"
  apt_install "${missing[@]}" >"$log" 2>&1 ||
    { as_root apt-get update && apt_install "${missing[@]}"; } >>"$log" 2>&1 ||
    die "apt cannot install ${missing[*]}; read $log"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
}

# debian_mirror: the address of the Debian archive that this machine's own apt uses.
debian_mirror() {
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format '$(CODENAME) $(RELEASE) $(REPO_URI)' 'Origin: Debian' 'Identifier: Packages' |
    awk '$1 == $2 { print $3; exit }'
}

# unpack_debs SUITE FOLDER PACKAGE...: unpacks packages of any Debian suite into FOLDER and installs nothing. apt checks
# their signatures as always, but keeps its lists apart, so the machine's own packages never see that suite.
unpack_debs() {
  local suite=$1 into=$2 work mirror deb
  shift 2
  work=$(mktemp -d)
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || { as_root apt-get update && mirror=$(debian_mirror); } || return
  mkdir -p "$work/lists/partial" "$work/cache" "$into"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  (
    cd "$work" || exit
    export APT_CONFIG=$work/apt.conf
    printf '%s;\n' "Dir::Etc::sourcelist \"$work/sources.list\"" 'Dir::Etc::sourceparts "/dev/null"' \
      "Dir::State::lists \"$work/lists\"" "Dir::Cache \"$work/cache\"" 'APT::Sandbox::User "root"' \
      'Acquire::Languages "none"' >"$APT_CONFIG"
    apt-get update && apt-get download "$@" &&
      for deb in *.deb; do dpkg -x "$deb" "$into" || exit; done
  )
  local code=$?
  rm -rf "$work"
  return $code
}
