#!/usr/bin/env bash
# Installs git-stream from this checkout, and shows it at work.
#
#   ./install/setup.sh [REPOSITORY]
#
# Installs the packages that are missing, builds a release, installs it under $PREFIX (/usr/local), and
# takes the repository through `git stream init`. Without one it builds a small demonstration. npm fetches
# tree-sitter with its Python and Bash grammars; without it, give them: GITSTREAM_CMAKE="-DGITSTREAM_GRAMMAR=/PATH/TO.tgz
# -DGITSTREAM_BASH_GRAMMAR=/PATH/TO.tgz
# -DGITSTREAM_TREE_SITTER=/PATH/TO.tgz".
set -euo pipefail
PREFIX=$(realpath -m "${PREFIX:-/usr/local}")
repository=
if [ $# -gt 0 ]; then
  repository=$(cd "$1" && pwd) || { echo "setup.sh: there is no folder $1" >&2; exit 2; }
  [ -e "$repository/.git" ] || [ -e "$repository/HEAD" ] || { echo "setup.sh: $1 is no git repository" >&2; exit 2; }
fi
cd "$(dirname "$0")/.."
. install/packages.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT

packages() {
  # shellcheck disable=SC2086
  need_packages $BUILD_PACKAGES || return
  [ -n "${GITSTREAM_CMAKE:-}" ] || need_grammar
}

install_program() {
  as=""
  if ! mkdir -p "$PREFIX" 2>/dev/null || [ ! -w "$PREFIX" ]; then as=as_root; fi
  $as cmake --install build/release --component git-stream --strip --prefix "$PREFIX"
}

step "packages" packages
# shellcheck disable=SC2086
step "configure" cmake --preset release ${GITSTREAM_CMAKE:-}
step "build" cmake --build --preset release
step "install under $PREFIX" install_program
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
