#!/usr/bin/env bash
# Makes packages of this checkout in $DIST (build/dist), all from one release build, and their checksums.
#
#   ./install/package.sh [--target TARGET] [KIND...]   wheel, sdist, npm, deb, tarball, sbom; without one: all
#
# With a target of install/cross.sh for Linux, what that builds, in build/dist-TARGET. The sdist and the main package for npm are the
# same for all.
#
# The same commit, compiler and libraries give the same bytes, wherever the checkout is. $SOURCE_DATE_EPOCH is the date of the
# commit unless it is set.
set -euo pipefail
cd "$(dirname "$0")/.."
. install/packages.sh

version=$(sed -n 's/^project(git-stream VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
target= machine=$(uname -m) build=build/release
if [ "${1:-}" = --target ]; then
  target=${2:-}
  machine=${target%%-*} build=build/$target
  [[ $target = *-linux-musl ]] || {
    echo "package.sh: packages are made for x86_64-linux-musl and aarch64-linux-musl, not for '$target'" >&2
    exit 2
  }
  shift 2
fi
case $machine in
  x86_64) cpu=x64 architecture=amd64 ;;
  aarch64) cpu=arm64 architecture=arm64 ;;
  *) cpu=$machine architecture=$machine ;;
esac
dist=$(realpath -m "${DIST:-build/dist${target:+-$target}}")
full_name=git-stream-$version-linux-$machine
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
umask 022

work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT
stage=$work/$full_name

# What is packed is linked statically and runs on any Linux, or it is not packed.
check_static() {
  ! readelf -d "$build/bin/git-stream" | grep NEEDED || {
    echo "package.sh: the program needs shared libraries of this machine; install the archives that setup.sh names" >&2
    return 1
  }
}

# Without what a wheel's build has set in the same folder.
build_program() {
  if [ -n "$target" ]; then
    ./install/cross.sh "$target" -U 'SKBUILD*' -U 'CMAKE_INSTALL_*'
  else
    # shellcheck disable=SC2086
    cmake --preset release -U 'SKBUILD*' -U 'CMAKE_INSTALL_*' ${GITSTREAM_CMAKE:-} && cmake --build --preset release
  fi
}

build_release() {
  build_program && check_static && cmake --install "$build" --component git-stream --strip --prefix "$stage"
}

python() { build/tools/python/bin/python "$@"; }

# Of a static program every policy is true: no symbol of a C library is looked up.
make_wheel() {
  rm -f "$dist"/git_streams-*"_$machine.whl"
  local tags=() policy status=0
  for policy in manylinux2014 manylinux_2_17 musllinux_1_1; do
    tags+=("-Cwheel.tags=py3-none-${policy}_$machine")
  done
  python -m build --wheel --no-isolation -Cbuild-dir="$build" "${tags[@]}" -o "$dist" . || status=$?
  build_program && return "$status"
}

make_sdist() {
  rm -f "$dist"/git_streams-*.tar.gz
  python -m build --sdist --no-isolation -o "$dist" .
}

# npm_package NAME TEMPLATE: packs $work/npm/NAME.
npm_package() {
  sed "s/@VERSION@/$version/g; s/@CPU@/$cpu/g" "install/npm/$2" >"$work/npm/$1/package.json"
  cp LICENSE "$work/npm/$1"
  npm pack --loglevel=error --ignore-scripts --pack-destination "$dist" "$work/npm/$1"
}

make_npm() {
  rm -f "$dist"/git-streams-[0-9]*.tgz "$dist/git-streams-linux-$cpu"-*.tgz
  mkdir -p "$work/npm/git-streams/bin" "$work/npm/linux/bin"
  cp install/npm/git-stream "$work/npm/git-streams/bin"
  cp -R "$stage/share" "$work/npm/git-streams"
  rm -r "$work/npm/git-streams/share/doc"  # of what is in the program
  cp README.md "$work/npm/git-streams"
  cp "$stage/bin/git-stream" "$work/npm/linux/bin"
  cp "$stage/share/doc/git-stream/copyright" "$work/npm/linux"
  npm_package git-streams git-streams.json && npm_package linux platform.json
}

make_deb() {
  rm -f "$dist"/git-stream_*"_$architecture.deb"
  cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/cpack" &&
    mv "$work"/cpack/*.deb "$dist"
}

# By tar rather than CPack, which writes the owner and the times of the files of this machine.
make_tarball() {
  rm -f "$dist"/git-stream-*"-linux-$machine.tar.gz"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$work" -cf - "$full_name" |
    gzip -9n >"$dist/$full_name.tar.gz"
}

make_sbom() {
  rm -f "$dist"/git-stream-*"-linux-$machine.cdx.json"
  python3 install/sbom.py "$build" "$stage/bin/git-stream" >"$work/sbom" && mv "$work/sbom" "$dist/$full_name.cdx.json"
}

need_tools() {
  # shellcheck disable=SC2086
  need_packages $BUILD_PACKAGES python3-venv
  command -v npm >/dev/null || need_packages npm
  need_python_packages
}

write_checksums() {
  rm -f "$dist/SHA256SUMS"
  (cd "$dist" && sha256sum -- * >"$work/SHA256SUMS") && mv "$work/SHA256SUMS" "$dist"
}

all="wheel sdist npm deb tarball sbom"
for kind in "$@"; do
  case " $all " in
    *" $kind "*) ;;
    *)
      echo "package.sh: there is no kind of package '$kind': $all" >&2
      exit 2
      ;;
  esac
done
mkdir -p "$dist"
step "packages" need_tools
step "release build" build_release
for kind in ${*:-$all}; do
  step "$kind" "make_$kind"
done
step "SHA256SUMS" write_checksums
