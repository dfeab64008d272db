#!/usr/bin/env bash
# Builds and runs every test.
#
#   ./install/test.sh          the whole suite, tests of rooms and gates and fuzzers under sanitizers; ends with ctest's summary
#   ./install/test.sh --quick  the whole suite only
#   ./install/test.sh --long   besides: thread sanitizer, clang-tidy, ten times the fuzzing, the reports in a browser
set -euo pipefail
cd "$(dirname "$0")/.."
. install/packages.sh

mode=${1:-}
jobs=$(nproc)
tests=$((jobs + 1))  # at once: each waits for the disk now and then

say "packages"
# shellcheck disable=SC2086
need_packages $BUILD_PACKAGES $TEST_PACKAGES
command -v npm >/dev/null || need_packages npm
tools=build/tools
if ! grep -qsxF "$NPM_PACKAGES" "$tools/installed"; then
  say "hook managers and the SARIF schema from npm"
  # shellcheck disable=SC2086
  # Without their scripts: lefthook's would put its hooks into this repository.
  npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix "$tools" $NPM_PACKAGES
  printf '%s\n' "$NPM_PACKAGES" >"$tools/installed"
fi
echo "all there"

build() {
  say "build: $1"
  # Precompiled headers save the time in which hundreds of sources read the same. A build without them sees
  # to it that every file includes what it uses: the release build of --long.
  # Of UBSan's checks the five that cost as much to compile as all of ASan are for --long, too: ASan
  # sees most of what they see, when it happens.
  not=null,vptr,object-size,alignment,pointer-overflow
  [ "$mode" != --long ] || not=
  # shellcheck disable=SC2086
  cmake --preset "$1" -DGITSTREAM_PCH=ON -DGITSTREAM_SANITIZE_NOT=$not \
    "-DGITSTREAM_UNIT_TESTS=${2:-ON}" ${GITSTREAM_CMAKE:-} >/dev/null
  cmake --build --preset "$1"
}

if [ "$mode" != --quick ]; then
  build asan
  say "tests under AddressSanitizer and UBSan"
  without='managers|docs|style|browser'
  [ "$mode" = --long ] || without="$without|stress"
  ctest --preset asan -j "$tests" -LE "$without"
fi
if [ "$mode" = --long ]; then
  # shellcheck disable=SC2086
  need_packages $LINT_PACKAGES $BROWSER_PACKAGES
  build tsan
  say "tests under ThreadSanitizer"
  ctest --preset tsan -j "$tests" -LE 'managers|docs|style|browser'
fi
# What has just been run under sanitizers is not run again, but for what people see of the programs as they are installed.
case $mode in
  --quick | --long) build dev ;;
  *) build dev OFF ;;
esac
if [ "$mode" = --long ]; then
  say "build: release, without precompiled headers"
  # shellcheck disable=SC2086
  cmake --preset release -DGITSTREAM_WERROR=ON -DGITSTREAM_PCH=OFF ${GITSTREAM_CMAKE:-} >/dev/null
  cmake --build --preset release
  say "clang-tidy"
  git ls-files 'lib/*.cpp' 'analyzers/*.cpp' 'hooks/*.cpp' 'plugins/*.cpp' |
    xargs -P "$jobs" -n 4 clang-tidy -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option
fi
say "tests"
if [ "$mode" = --long ]; then
  export GITSTREAM_LONG=1  # the stress tests take their time
fi
ctest --preset dev -j "$tests"
