#!/bin/bash
# The stages behind make: setup/stages.sh build|demo|check, each stage timed (called by the Makefile).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

goal=${1:-}
case $goal in
  build|demo|check) ;;
  *) echo "usage: setup/stages.sh build|demo|check" >&2; exit 2 ;;
esac
jobs=${CRADLE_JOBS:-$(nproc)}
times=""

# stage NAME COMMAND...: runs it and adds its time to the line; the first that fails ends everything.
stage() {
  local name=$1 begin=$SECONDS code
  shift
  "$@"
  code=$?
  times+="${times:+ · }$name $((SECONDS - begin)) s"
  if [[ $code -ne 0 ]]; then
    echo "make $goal: $name failed after: $times" >&2
    exit "$code"
  fi
}

# npm's packages of the report's page, by web/package-lock.json; only when that file is new.
web_packages() {
  local lock=web/package-lock.json stamp=build/web-packages.stamp now
  [[ -e $lock ]] || return 0
  now=$(sha256sum "$lock")
  [[ -d web/node_modules && "$(cat "$stamp" 2>/dev/null)" == "$now" ]] && return 0
  if ! npm ci --ignore-scripts --no-audit --no-fund --loglevel error --prefix web </dev/null >&2; then
    echo "set-up: npm could not fetch the packages of the report's page (web/package-lock.json); npm's own words stand above" >&2
    return 1
  fi
  mkdir -p build && echo "$now" > "$stamp"
}

set_up() {
  local for_what=build
  [[ $goal == check ]] && for_what=check
  setup/install.sh $for_what || return 1
  setup/engines.sh onnxruntime || return 1
  if [[ $goal == check ]]; then
    setup/engines.sh ocr-models || echo "set-up: going on without PaddleOCR's models (their tests are left out)" >&2
  fi
  setup/engines.sh duckdb || echo "set-up: going on without DuckDB (only tables of data sets need it)" >&2
  web_packages
}

# A machine that never ran the tests need not have their libraries; once configured with tests, it stays so.
configure() {
  local tests=()
  if [[ $goal != check ]] && ! grep -qs 'CRADLE_TESTS:BOOL=ON' build/CMakeCache.txt; then tests=(-DCRADLE_TESTS=OFF); fi
  [[ $goal == check ]] && tests=(-DCRADLE_TESTS=ON)
  cmake --preset release "${tests[@]}" > build/configure.log 2>&1 || { tail -n 40 build/configure.log >&2; return 1; }
}

build() {
  if [[ $goal == check ]]; then
    cmake --build --preset release --parallel "$jobs"
  else
    cmake --build --preset release --parallel "$jobs" --target programs
  fi
}

# Without a home folder ccache and npm would look for one; theirs is then in the build folder.
if [[ -z ${HOME:-} || ! -w ${HOME:-} ]]; then
  export CCACHE_DIR=${CCACHE_DIR:-$PWD/build/ccache} npm_config_cache=${npm_config_cache:-$PWD/build/npm}
fi
mkdir -p build
stage set-up set_up
stage configure configure
stage build build
case $goal in
  build) echo "$times" ;;
  demo)
    stage demo build/cradle demo
    echo "$times"
    ;;
  check)
    # What ctest says stands last: it ends with its own summary and time.
    echo "$times · test:"
    exec ctest --preset release --parallel "$jobs"
    ;;
esac
