#!/bin/bash
# Installs the Debian packages that are missing: setup/install.sh build|check   (called by the Makefile).
# What is there already costs no call of apt and no network. Without the right to install, it prints what to ask for.
set -euo pipefail
cd "$(dirname "$0")/.."

for_tests=false
case "${1:-}" in
  build) ;;
  check) for_tests=true ;;
  *) echo "usage: setup/install.sh build|check" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "set-up: this is not a Debian system; bring the libraries of setup/apt-packages.txt yourself (CMake names what it misses)" >&2
  exit 0
fi

is_installed() { [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]; }

# A command on PATH stands for its package; a Node.js older than 18 does not.
has_command() {
  [[ $1 != - ]] && command -v "$1" >/dev/null || return 1
  [[ $1 != node ]] || node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)'
}

# Fills missing_needed and missing_optional from the list.
find_missing() {
  missing_needed=() missing_optional=()
  local name need command _reason
  while read -r name need command _reason; do
    [[ -z $name || $name == \#* ]] && continue
    [[ $need == check* && $for_tests == false ]] && continue
    has_command "$command" || is_installed "$name" && continue
    if [[ $need == *-optional ]]; then missing_optional+=("$name"); else missing_needed+=("$name"); fi
  done < setup/apt-packages.txt
}

log=build/apt.log
# Waits up to five minutes for another apt, such as the unattended upgrade of a machine just started.
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" </dev/null >>$log 2>&1
}

find_missing
missing=("${missing_needed[@]}" "${missing_optional[@]}")
[[ ${#missing[@]} -eq 0 ]] && exit 0
# Optional packages that could not be had are not asked for again at every call of make.
tried=build/apt-optional.tried
[[ ${#missing_needed[@]} -eq 0 && "$(cat $tried 2>/dev/null)" == "${missing_optional[*]}" ]] && exit 0

as_root=()
can_install=true
if [[ $(id -u) -ne 0 ]]; then
  as_root=(sudo -n)
  sudo -n true 2>/dev/null </dev/null || can_install=false
fi

if $can_install; then
  mkdir -p build && : >$log
  echo "set-up: installing Debian packages with what they need in turn (apt's talk is in $log): ${missing[*]}" >&2
  if ! apt_get --no-install-recommends install "${missing[@]}"; then
    echo "set-up: trying once more with fresh package lists" >&2
    apt_get update || true
    # One package that cannot be had must not take the others with it, so the optional ones come by themselves.
    if [[ ${#missing_needed[@]} -gt 0 ]]; then apt_get --no-install-recommends install "${missing_needed[@]}" || true; fi
    for package in "${missing_optional[@]}"; do apt_get --no-install-recommends install "$package" || true; done
  fi
  find_missing
  [[ ${#missing_needed[@]} -eq 0 ]] || tail -n 15 $log >&2
fi

if [[ ${#missing_optional[@]} -gt 0 ]]; then
  mkdir -p build && echo "${missing_optional[*]}" >$tried
  echo "set-up: going on without: ${missing_optional[*]} (see setup/apt-packages.txt for what each is for)" >&2
fi
if [[ ${#missing_needed[@]} -gt 0 ]]; then
  if ! $can_install; then echo "set-up: this user may not install packages (neither root nor sudo without a password)." >&2; fi
  echo "set-up: packages are missing. Ask for them, or run this as root, and try again:" >&2
  echo "  apt-get install --no-install-recommends ${missing_needed[*]} ${missing_optional[*]}" >&2
  exit 1
fi
