#!/usr/bin/env bash
# Makes all that is published of a release, in build/release-TAG, from a clean clone of its tag.
#
#   ./install/release.sh TAG
#
# TAG is vVERSION, where CMakeLists.txt says VERSION (all else derives it from there) and CHANGELOG.md names it with its date.
# Uploads nothing, and signs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "release.sh: $*" >&2
  exit 2
}

[ $# -eq 1 ] || fail "which tag? usage: release.sh TAG"
tag=$1
version=${tag#v}
commit=$(git rev-parse -q --verify "refs/tags/$tag^{commit}") || fail "there is no tag $tag"
declared=$(git show "$commit:CMakeLists.txt" | sed -n 's/^project(git-stream VERSION \([0-9.]*\).*/\1/p')
[ "v$declared" = "$tag" ] || fail "CMakeLists.txt of $tag says version $declared: the tag is to be v$declared"
git show "$commit:CHANGELOG.md" | grep -q "^## $version (2[0-9-]*)$" ||
  fail "CHANGELOG.md of $tag has no heading '## $version (DATE)', with the date of the release"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -c advice.detachedHead=false clone -q --no-hardlinks --branch "$tag" . "$work/git-stream"
mkdir -p build/tools "$work/git-stream/build"
ln -s "$PWD/build/tools" "$work/git-stream/build/tools"  # fetched archives, each held to its digest
export DIST=$PWD/build/release-$tag
"$work/git-stream/install/package.sh"
"$work/git-stream/install/package.sh" --target aarch64-linux-musl
cat "build/release-$tag/SHA256SUMS"
