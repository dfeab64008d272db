#!/bin/sh
# Asks git-stream before a tool call ($1: the event, from hooks.json). Where the program is missing, a call is stopped
# only in a repository that is worked on under git stream.
if command -v git-stream >/dev/null; then
  git-stream agent-hook --dialect claude --event "$1"
  code=$?
  [ $code != 0 ] && [ "$1" = PreToolUse ] && exit 2
  exit $code
fi
top=$(git rev-parse --show-toplevel 2>/dev/null) && [ -e "$top/.streams.yaml" ] || exit 0
echo "git-stream is not on PATH: this repository needs it (.streams.yaml)" >&2
[ "$1" = PreToolUse ] && exit 2
exit 1
