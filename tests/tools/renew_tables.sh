#!/bin/sh
# Makes tests/unit/git/tables and the corpus of tests/fuzz/reftable_fuzz.cpp anew: ref tables that git has
# written, and beside them what git itself reads from them. Needs git 2.55 or later on PATH.
#   tests/tools/renew_tables.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
tables=$root/tests/unit/git/tables corpus=$root/tests/fuzz/corpus/reftable_fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$root/tests/support/gitconfig" TZ=UTC
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_AUTHOR_DATE=2025-12-06T10:00:00Z
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org GIT_COMMITTER_DATE=2025-12-06T10:00:00-0230
rm -rf "$tables" "$corpus"
mkdir -p "$tables" "$corpus"

# start NAME [git init's options]: an empty repository with two commits, $one and $two.
start() {
  name=$1
  shift
  git init -q -b develop --ref-format=reftable "$@" "$work/$name"
  cd "$work/$name"
  git commit -q --allow-empty -m "the first"
  git commit -q --allow-empty -m "the second"
  two=$(git rev-parse HEAD) one=$(git rev-parse HEAD~1)
}

# What git reads: "REF ID" or "REF -> REF"; "REF: ID MESSAGE" of the log, the latest first.
keep() {
  mkdir "$tables/$name"
  cp .git/reftable/* "$tables/$name/"
  for table in .git/reftable/*.ref; do cp "$table" "$corpus/$name-$(basename "$table" | cut -c 11-26).ref"; done
  {
    git for-each-ref --include-root-refs --format='%(refname) %(if)%(symref)%(then)-> %(symref)%(else)%(objectname)%(end)'
    for ref in $(git reflog list); do git reflog show --format="$ref: %H %gs" "$ref" --; done
  } >"$tables/$name/as-git-reads"
}

start one
keep

# Every step is a table: deleted and made again, tags of both kinds, names of names, logs cut short.
start stack
export GIT_TEST_REFTABLE_AUTOCOMPACTION=0
git branch topic && git branch -m topic renamed && git branch -D -q renamed && git branch renamed "$one"
git branch gone && git branch -D -q gone
git tag light && git tag -a -m annotated heavy && git tag -d light >/dev/null
git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/develop
git update-ref refs/remotes/origin/develop "$one"
git commit -q --allow-empty -m "the third" && git reset -q --hard HEAD~1
git reflog delete HEAD@{1}
git update-ref --create-reflog -m "a message
of lines" refs/notes/x "$two"
git switch -q --detach HEAD~1 && git switch -q develop
keep
unset GIT_TEST_REFTABLE_AUTOCOMPACTION

# Small blocks: an index of several levels, and names that begin alike.
start many
git config reftable.blockSize 256
for i in $(seq 300); do printf 'create refs/heads/topic/%s/%03d %s\n' $((i % 7)) "$i" "$([ $((i % 2)) = 0 ] && echo "$one" || echo "$two")"; done |
  git update-ref --create-reflog -m made --stdin
git pack-refs
keep

start wide --object-format=sha256
git branch topic && git tag -a -m annotated heavy
git pack-refs
keep
