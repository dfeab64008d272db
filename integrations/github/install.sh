#!/usr/bin/env bash
# Puts git-stream on PATH for the steps after this one. INPUT_PROGRAM: auto, path, pip, a wheel, a
# requirement of the distribution git-streams, or the prefix of an installation.
set -euo pipefail

fail() {
  printf '::error title=git-stream::%s\n' "$1"
  exit 2
}

on_path() { command -v git-stream >/dev/null; }

# In a virtual environment: the system's Python may refuse packages.
by_pip() {  # PACKAGE
  local environment=$RUNNER_TEMP/git-stream-program
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check "$1"
  use "$environment"
}

use() {
  [ -x "$1/bin/git-stream" ] || fail "program: $1/bin/git-stream is no program"
  PATH=$1/bin:$PATH
  printf '%s\n' "$1/bin" >>"$GITHUB_PATH"
}

command -v python3 >/dev/null || fail "this action needs python3 on PATH"
case ${INPUT_PROGRAM:-auto} in
  auto) on_path || by_pip "$GITHUB_ACTION_PATH" ;;
  path) on_path || fail "program: there is no git-stream on PATH" ;;
  pip) by_pip "$GITHUB_ACTION_PATH" ;;
  *.whl | *.whl#* | git-streams | git-streams[=~\<\>]*) by_pip "$INPUT_PROGRAM" ;;
  *) use "$INPUT_PROGRAM" ;;
esac
git-stream --version
