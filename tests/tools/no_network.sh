#!/bin/sh
# What our libraries use of libgit2, linked statically with lib/git/libgit2_stubs.c as in the program that is installed,
# brings in nothing that reaches the network or decodes certificates at start-up. Skipped without libgit2's archives.
#
# usage: no_network.sh BUILD-FOLDER CC
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

used=$(find "$1/lib" -name 'libgs_*.a' -exec nm -u {} + 2>/dev/null | sed -n 's/^ *U \(git_[a-z0-9_]*\)$/\1/p' | sort -u)
[ "$(echo "$used" | wc -l)" -gt 20 ] || { echo "our libraries use next to nothing of libgit2: $used"; exit 1; }
{
  for name in $used; do echo "extern char $name[];"; done
  echo "char *const used[] = {"
  for name in $used; do echo "$name,"; done
  echo "};"
  echo "int main(int count, char **arguments) { (void)arguments; return used[count] == 0; }"
} >"$folder/used.c"

archives="-lgit2 -lhttp_parser -lz -lmbedcrypto -lpthread"
"$2" -w -static "$folder/used.c" "$source/lib/git/libgit2_stubs.c" $archives -o "$folder/linked" 2>"$folder/errors" || {
  cat "$folder/errors"
  grep -q "cannot find -l" "$folder/errors" && exit 77
  exit 1
}
! nm "$folder/linked" | grep -E 'mbedtls_ssl|libssh2|gss_'
