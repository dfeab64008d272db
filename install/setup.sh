#!/usr/bin/env bash
# Installs git-stream, and shows it at work.
#
#   ./install/setup.sh [REPOSITORY]              builds this checkout: installs the packages that are missing, builds a release
#   ./install/setup.sh --from FILE [REPOSITORY]  builds nothing: FILE is a wheel, a .deb or a tarball of git-stream
#
# Installs under $PREFIX (/usr/local; a .deb under /usr), and takes the repository through `git stream init`. Without one it
# builds a small demonstration. npm fetches tree-sitter with its Python and Bash grammars; without it, give them:
# GITSTREAM_CMAKE="-DGITSTREAM_GRAMMAR=/PATH/TO.tgz -DGITSTREAM_BASH_GRAMMAR=/PATH/TO.tgz -DGITSTREAM_TREE_SITTER=/PATH/TO.tgz".
set -euo pipefail
fail() {
  echo "setup.sh: $*" >&2
  exit 2
}

from=
if [ "${1:-}" = --from ]; then
  [ -f "${2:-}" ] || fail "there is no file '${2:-}'; usage: setup.sh --from WHEEL|DEB|TARBALL [REPOSITORY]"
  from=$(realpath "$2")
  shift 2
fi
repository=
if [ $# -gt 0 ]; then
  repository=$(cd "$1" 2>/dev/null && pwd) || fail "there is no folder $1"
  [ -e "$repository/.git" ] || [ -e "$repository/HEAD" ] || fail "$1 is no git repository"
fi
cd "$(dirname "$0")/.."
. install/packages.sh

work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT

packages() {
  # shellcheck disable=SC2086
  need_packages $BUILD_PACKAGES || return
  [ -n "${GITSTREAM_CMAKE:-}" ] || need_grammar
}

# What a package is, by its content; nothing for any other file.
kind_of() {
  case $(head -c 8 "$1" | od -An -tx1 | tr -d ' \n') in
    213c617263683e0a) [ "$(dpkg-deb -f "$1" Package 2>/dev/null)" != git-stream ] || echo deb ;;
    504b0304*) holds '^git_streams-[^/]*\.data/scripts/git-stream ' python3 -m zipfile -l "$1" && echo wheel ;;
    1f8b*) holds '^git-stream-[^/]*/bin/git-stream$' tar -tzf "$1" && echo tarball ;;
  esac
}

# holds PATTERN COMMAND...: whether a line that the command prints matches.
holds() { grep -q "$1" <<<"$("${@:2}" 2>/dev/null)"; }

# Makes $PREFIX, and sets `as` to what may write there.
need_prefix() {
  as=""
  if ! mkdir -p "$PREFIX/bin" 2>/dev/null || [ ! -w "$PREFIX/bin" ]; then as=as_root; fi
  $as mkdir -p "$PREFIX/bin"
}

install_build() {
  need_prefix
  for component in git-stream former-paths etcd; do
    $as cmake --install build/release --component "$component" --strip --prefix "$PREFIX" || return
  done
}

# From $work/new, once its program was seen to run; hooks that name the former program never miss it.
install_unpacked() {
  chmod 755 "$work/new/bin/git-stream"
  "$work/new/bin/git-stream" --version || {
    echo "setup.sh: the program in $from does not run on this machine ($(uname -sm))"
    return 1
  }
  need_prefix
  $as cp -R "$work/new/share" "$PREFIX" &&
    $as cp "$work/new/bin/git-stream" "$PREFIX/bin/git-stream.new" &&
    $as mv -f "$PREFIX/bin/git-stream.new" "$PREFIX/bin/git-stream"
}

install_tarball() {
  mkdir "$work/new"
  tar -xzf "$from" --strip-components=1 --no-same-owner -C "$work/new" && install_unpacked
}

# By pip into a virtual environment; anywhere else to where pip would put it, as for a tarball.
install_wheel() {
  if [ -f "$PREFIX/pyvenv.cfg" ]; then
    "$PREFIX/bin/python" -m pip install --no-index --no-deps --force-reinstall "$from"
    return
  fi
  python3 -m zipfile -e "$from" "$work/wheel"
  mv "$work"/wheel/git_streams-*.data/data "$work/new"
  mv "$work"/wheel/git_streams-*.data/scripts "$work/new/bin"
  install_unpacked
}

install_deb() { as_root apt-get install -y -qq --no-install-recommends --reinstall --allow-downgrades "$from"; }

install_package() {
  kind=$(kind_of "$from") || true
  [ -n "$kind" ] || fail "$from is no wheel, .deb or tarball of git-stream"
  if [ "$kind" = deb ]; then
    [ "${PREFIX:-/usr}" = /usr ] || fail "a .deb is installed under /usr, not under $PREFIX: leave PREFIX out"
    PREFIX=/usr
  fi
  PREFIX=$(realpath -m "${PREFIX:-/usr/local}")
  command -v git >/dev/null || step "packages" need_packages git
  step "install $kind under $PREFIX" "install_$kind"
}

build_and_install() {
  PREFIX=$(realpath -m "${PREFIX:-/usr/local}")
  step "packages" packages
  # shellcheck disable=SC2086
  step "configure" cmake --preset release ${GITSTREAM_CMAKE:-}
  step "build" cmake --build --preset release
  step "install under $PREFIX" install_build
}

if [ -n "$from" ]; then install_package; else build_and_install; fi
"$PREFIX/bin/git-stream" --version
case ":$PATH:" in
  *":$PREFIX/bin:"*) ;;
  *) echo "note: add $PREFIX/bin to PATH, so that git finds \`git stream\`" ;;
esac
export PATH="$PREFIX/bin:$PATH"

if [ -n "$repository" ]; then
  say "git stream init in $repository"
  cd "$repository"
  git stream init
  git stream doctor
else
  say "demonstration"
  ./install/demo.sh
fi
