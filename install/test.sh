#!/usr/bin/env bash
# Builds and runs every test; what CI runs.
#
#   ./install/test.sh          a release and its packages, each installed on a clean Debian; libraries, unit tests, gates and parsers
#                              under AddressSanitizer and UBSan, scripts with the release; fuzzers, stress tests and comparisons
#                              in samples
#   ./install/test.sh --quick  without sanitizers and packages: units, gates, fuzzers, documents; no stress tests, comparisons with
#                              others, servers and browsers
#   ./install/test.sh --packages   the packages alone
#   ./install/test.sh --git SUITE [HASH REFS]   what meets git, without sanitizers, with the git of a suite of Debian (trixie,
#                              sid) in a chroot of its own, and repositories of that hash (sha1, sha256), with refs in files
#                              or in tables (files, reftable); without these, of all four kinds
#   ./install/test.sh --long [PART...]   all of it, with all of UBSan's checks; fuzzers whole under the sanitizers, stress tests
#                              whole without them, where they do ten times as much; the reports in a browser; ThreadSanitizer,
#                              clang-tidy, a release without precompiled headers; for aarch64 unit tests and gates under qemu, and
#                              packages; for macOS a program, which is not run. Goes on after a failure, and ends with all of
#                              them. The parts, in this order: packages asan fuzz tsan stress lint cross
set -euo pipefail
cd "$(dirname "$0")/.."
. install/packages.sh

mode=${1:-}
jobs=$(nproc)
suites=$PWD/build/suites
export PATH="/usr/bin:$PATH"  # Debian's Python is the one that has the packages

# Repositories by the thousand are made and thrown away: in memory, where there is enough that runs programs.
scratch=$(mktemp -d /dev/shm/gs.XXXXXX 2>/dev/null || mktemp -d)
printf '#!/bin/sh\n' >"$scratch/program"
chmod +x "$scratch/program"
if ! "$scratch/program" 2>/dev/null || [ "$(df -Pk "$scratch" | awk 'END {print $4}')" -lt 2000000 ]; then
  rm -rf "$scratch"
  scratch=$(mktemp -d)
fi
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"  # some tests look at it as another user
mkdir "$scratch/tmp"
export TMPDIR="$scratch/tmp"
log="$scratch/log"

# What Debian does not have, from npm: without its scripts, as lefthook's would put its hooks into this repository.
need_npm_packages() {
  command -v npm >/dev/null || need_packages npm
  grep -qsxF "$NPM_PACKAGES" build/tools/installed && return
  # shellcheck disable=SC2086
  npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix build/tools $NPM_PACKAGES &&
    printf '%s\n' "$NPM_PACKAGES" >build/tools/installed
}

# build PRESET [OPTIONS...]: what is tried by clang, which compiles in two thirds of the time; a release by g++, as setup.sh does.
build() {
  local compiler="-DCMAKE_C_COMPILER=$TEST_CC -DCMAKE_CXX_COMPILER=$TEST_CXX"
  [ "$1" != release ] || compiler=
  # shellcheck disable=SC2086
  step "configure: $1" cmake --preset "$@" $compiler -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold ${GITSTREAM_CMAKE:-} &&
    step "build: $1" cmake --build --preset "$1"
}

# run_tests PRESET [OPTIONS...]: two more at once than there are processors, as many wait: for disks, locks and other processes.
run_tests() {
  local status=0
  step "tests: $1" ctest --preset "$1" -j "$((jobs + 2))" "${@:2}" || status=$?
  sed -n '/% tests passed/,$p' "$log"
  return "$status"
}

# each COMMAND...: one of several that are all run, whatever comes of it.
failed=()
each() {
  "$@" || failed+=("$*")
}

# in_suite SUITE COMMAND...: in a chroot with that suite's git, with this folder, $scratch and nothing else of this machine.
in_suite() {
  # shellcheck disable=SC2016
  as_root unshare --mount sh -c '
    root=$1 here=$PWD scratch=$2
    shift 2
    mkdir -p "$root$here" "$root$scratch" &&
    mount --bind "$here" "$root$here" && mount --bind "$scratch" "$root$scratch" &&
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
    exec chroot "$root" env HOME="$scratch" sh -c "cd \"\$0\" && exec \"\$@\"" "$here" "$@"
  ' in_suite "$suites/$1" "$scratch" "${@:2}"
}

# make_root NAME SUITE PACKAGES: a Debian in $suites, once a checkout.
make_root() {
  [ -e "$suites/$1.made" ] && return
  as_root rm -rf "${suites:?}/$1"
  mkdir -p "$suites"
  as_root debootstrap --variant=minbase --include="$(printf %s "$3" | tr -s ' \n' ,)" "$2" "$suites/$1" &&
    touch "$suites/$1.made"
}

# A release and its packages, and meanwhile the clean machine; what cannot have one leaves that test out.
make_packages() {
  # shellcheck disable=SC2086
  step "more packages" need_packages $PACKAGE_PACKAGES
  make_root clean bookworm "$CLEAN_PACKAGES" >"$scratch/debootstrap" 2>&1 &
  local root=$!
  GITSTREAM_CMAKE="-DGITSTREAM_WERROR=ON ${GITSTREAM_CMAKE:-}" step "packages of a release" ./install/package.sh || return
  step "a clean Debian" wait "$root" || cat "$scratch/debootstrap" >&2
}

# run_in_suite SUITE HASH REF_FORMAT: fails where that git does not make such repositories.
run_in_suite() {
  set_defaults=(GIT_DEFAULT_HASH="$2" GIT_DEFAULT_REF_FORMAT="$3")
  formats=$(in_suite "$1" env "${set_defaults[@]}" sh -c '
    git init -q "$HOME/formats" && git -C "$HOME/formats" rev-parse --show-object-format --show-ref-format; rm -rf "$HOME/formats"')
  [ "$formats" = "$(printf '%s\n%s' "$2" "$3")" ] || {
    echo "git of $1 makes repositories of $formats when told to make them of $2 $3" >&2
    return 1
  }
  # What those documents show is Debian's Django, or every row of what this git does: gates: Prove has those.
  step "tests: git of $1, $2, $3" in_suite "$1" env "${set_defaults[@]}" TMPDIR="$TMPDIR" ctest --test-dir build/ci \
    --output-on-failure -j "$((jobs + 2))" -L 'gates|managers|docs|scenario' -E 'docs: docs/(imports|tutorial|enforcement).md'
  sed -n '/% tests passed/,$p' "$log"
}

# need_emulator: the kernel starts programs for aarch64 with qemu, those among them that git starts as hooks.
need_emulator() {
  # shellcheck disable=SC2086
  need_packages $EMULATOR_PACKAGES
  local formats=/proc/sys/fs/binfmt_misc
  [ -e "$formats/register" ] || as_root mount -t binfmt_misc binfmt_misc "$formats" || return
  [ -e "$formats/qemu-aarch64" ] || as_root tee "$formats/register" </usr/lib/binfmt.d/qemu-aarch64.conf
}

test_aarch64() {
  step "build: aarch64-linux-musl" ./install/cross.sh aarch64-linux-musl -DGITSTREAM_WERROR=ON -DGITSTREAM_TESTS=ON || return
  step "qemu" need_emulator || return
  local status=0
  step "tests: aarch64-linux-musl" ctest --test-dir build/aarch64-linux-musl --output-on-failure -j "$((jobs + 2))" || status=$?
  sed -n '/% tests passed/,$p' "$log"
  return "$status"
}

# What can be asked of packages that this machine cannot install.
package_aarch64() {
  step "lintian" need_packages lintian
  step "packages: aarch64" ./install/package.sh --target aarch64-linux-musl &&
    GITSTREAM_DIST=$PWD/build/dist-aarch64-linux-musl step "tests: packages for aarch64" python3 -B tests/install/artifacts_test.py \
      Program Shared Versions Wheel Debian Tarball Bill Checksums
}

clang_tidy() {
  git ls-files 'lib/*.cpp' 'analyzers/*.cpp' 'plugins/*.cpp' ':!lib/platform/macos' |
    xargs -P "$jobs" -n 4 clang-tidy-19 -p build/release --quiet --extra-arg=-Wno-unknown-warning-option
}

# After all other packages: where a service of the system cannot be started, dpkg leaves its package half configured, and the tests
# may have its program all the same.
need_servers() {
  [ -n "${CI:-}" ] || return 0
  # shellcheck disable=SC2086
  step "servers" need_packages $SERVER_PACKAGES || true
}

# The parts of --long.
long_packages() {
  each make_packages
  need_servers
}

long_asan() {
  each build asan -DGITSTREAM_SANITIZE_NOT= -DGITSTREAM_TESTED_BUILD="$PWD/build/asan"
  each run_tests asan -LE 'fuzz|install|browser'
}

long_fuzz() {
  each build asan -DGITSTREAM_SANITIZE_NOT=
  GITSTREAM_LONG=1 each run_tests asan -L fuzz
}

long_tsan() {
  each build tsan
  each run_tests tsan -LE 'managers|install|docs|style|browser|bench|json|^ci$'
}

long_stress() {
  each build ci
  GITSTREAM_LONG=1 each run_tests ci -LE fuzz
}

long_lint() {
  each build release -DGITSTREAM_WERROR=ON -DGITSTREAM_PCH=OFF
  each step "clang-tidy" clang_tidy
}

long_cross() {
  each test_aarch64
  each package_aarch64
  each step "build: aarch64-macos" ./install/cross.sh aarch64-macos -DGITSTREAM_WERROR=ON
}

# shellcheck disable=SC2086
step "packages" need_packages $BUILD_PACKAGES $TEST_PACKAGES
step "packages from npm" need_npm_packages
step "packages from PyPI" need_python_packages
case $mode in
  --quick)
    build ci
    run_tests ci -LE 'differential|stress|bench|managers|browser' \
      -E 'in SHA-256|Prove|^coordination: [a-z]'
    ;;
  --packages)
    make_packages
    for suite in artifacts packages; do
      python3 -B "tests/install/${suite}_test.py" || [ $? -eq 77 ]
    done
    ;;
  --git)
    suite=${2:?which suite of Debian?}
    step "debootstrap" need_packages debootstrap
    step "a chroot of $suite" make_root "$suite" "$suite" "$SUITE_PACKAGES"
    build ci
    for hash in ${3:-sha1 sha256}; do
      for refs in ${4:-files reftable}; do
        run_in_suite "$suite" "$hash" "$refs"
      done
    done
    ;;
  --long)
    # shellcheck disable=SC2086
    step "more packages" need_packages $LINT_PACKAGES $BROWSER_PACKAGES
    parts=${*:2}
    for part in $parts; do
      declare -F "long_$part" >/dev/null || {
        echo "test.sh: --long has no part $part" >&2
        exit 2
      }
    done
    # shellcheck disable=SC2086
    for part in ${parts:-packages asan fuzz tsan stress lint cross}; do
      "long_$part"
    done
    [ ${#failed[@]} -eq 0 ] || {
      printf 'failed: %s\n' "${failed[@]}" >&2
      exit 1
    }
    ;;
  *)
    make_packages
    need_servers
    build asan -DGITSTREAM_TESTED_BUILD="$PWD/build/release"
    run_tests asan
    ;;
esac
