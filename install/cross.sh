#!/usr/bin/env bash
# Builds git-stream for another machine, in build/TARGET.
#
#   ./install/cross.sh TARGET [CMAKE OPTIONS...]   x86_64-linux-musl, aarch64-linux-musl, aarch64-macos
#
# The compiler is PyPI's ziglang (440 MB in build/tools/zig), which has the C and C++ library of each target. The libraries
# are compiled from Debian's source packages, each held to its digest below, and linked statically. As the release is, unless
# options say otherwise: -DGITSTREAM_TESTS=ON builds the tests besides, which install/test.sh --long runs.
set -euo pipefail
cd "$(dirname "$0")/.."
. install/packages.sh

ZIG_PACKAGES="ziglang==0.17.1"

# VERSION and SHA-256 of the .dsc, which has those of the other files. The last two are for the tests.
SOURCES="
cli11=2.1.2+ds-1 bb685eff351ca4fb77cf194f5ffb80e47f96989fc200f21241eb9eb320cfbc9c
fmtlib=9.1.0+ds1-2 1c8982464f1281f5b7d42ca24e058d80d71db7c381b278cc22cbdb40c534f0c5
libdeflate=1.14-1 1f82791c5ac5623ed110e09cc991471deebfe4c419414392d1242e122c6f4c19
utf8proc=2.8.0-1 6ce2b0ab12fe7d0c3fd0a40d4eb886ae82bf6ea356e4db1a0a9f76582947625c
yaml-cpp=0.7.0+dfsg-8 94bd9098d501f91c2570c8e8cb98d46bc6de7627c30e9f94ebb39dc0cd2d65c2
googletest=1.12.1-0.2 cc90251040c145be18d5090787d9ec79e48217c6cef3ae78eb20f0e31551404c
zlib=1:1.2.13.dfsg-1 3fa1e6b2fc525062aa88207dda52fed8e045373c809d362fe8a2bfbf7cf515a8
"

fail() {
  echo "cross.sh: $*" >&2
  exit 2
}

target=${1:-}
case $target in
  x86_64-linux-musl | aarch64-linux-musl | aarch64-macos) shift ;;
  *) fail "which target? x86_64-linux-musl, aarch64-linux-musl or aarch64-macos, not '$target'" ;;
esac
export PATH="/usr/bin:$PATH"  # Debian's Python is the one that has the packages
zig=build/tools/zig
sources=build/tools/sources
work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT

tools() {
  need_packages git g++ cmake ninja-build python3-venv dpkg-dev && need_environment "$zig" "$ZIG_PACKAGES"
}

# apt with deb-src beside the archive that this machine takes its packages from, all of it in $work.
apt_source() {
  local archive options
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' \
    'Codename: bookworm' | head -n 1)
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${archive:-http://deb.debian.org/debian} bookworm main" \
    >"$work/sources.list"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)")
  apt-get "${options[@]}" update && (cd "$work/unpacked" && apt-get "${options[@]}" source "$@")
}

# All or none, once a checkout and list.
need_sources() {
  printf '%s' "$SOURCES" | cmp -s - "$sources/unpacked" && return
  mkdir "$work/unpacked"
  # shellcheck disable=SC2046
  apt_source $(printf '%s' "$SOURCES" | cut -d ' ' -f 1) || return
  printf '%s' "$SOURCES" | sed -n 's/^\([^=]*\)=\([0-9]*:\)\?\([^ ]*\) \(.*\)/\4  \1_\3.dsc/p' >"$work/digests"
  (cd "$work/unpacked" && sha256sum --strict -c "$work/digests") || return
  rm -rf "$sources"
  printf '%s' "$SOURCES" >"$work/unpacked/unpacked"
  mv "$work/unpacked" "$sources"
}

configure() {
  # shellcheck disable=SC2086
  cmake --preset release -B "build/$target" --toolchain "$PWD/cmake/toolchains/zig.cmake" -DGITSTREAM_TARGET="$target" \
    -DGITSTREAM_ZIG="$PWD/$(echo "$zig"/lib/python3*/site-packages/ziglang/zig)" -DGITSTREAM_SOURCES="$PWD/$sources" \
    ${GITSTREAM_CMAKE:-} "$@"
}

step "compiler" tools
step "source packages" need_sources
step "configure: $target" configure "$@"
step "build: $target" cmake --build "build/$target"
