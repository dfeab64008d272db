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

say "packages"
# shellcheck disable=SC2086
need_packages $BUILD_PACKAGES
[ -n "${GITSTREAM_CMAKE:-}" ] || need_grammar
echo "all there"

say "build"
# shellcheck disable=SC2086
cmake --preset release -DGITSTREAM_PCH=ON -DGITSTREAM_UNITY=ON ${GITSTREAM_CMAKE:-} >/dev/null
cmake --build --preset release

say "install under $PREFIX"
if mkdir -p "$PREFIX" 2>/dev/null && [ -w "$PREFIX" ]; then
  cmake --install build/release --strip --prefix "$PREFIX" >/dev/null
else
  as_root cmake --install build/release --strip --prefix "$PREFIX" >/dev/null
fi
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
