#!/bin/sh
# The push gate as the pre-commit framework runs it, which passes what is pushed in variables.
to=${PRE_COMMIT_TO_REF:-HEAD}
from=${PRE_COMMIT_FROM_REF:-$(git rev-list --max-parents=0 "$to" | tail -n 1)}
exec git stream check --range "$from..$to" ${PRE_COMMIT_REMOTE_BRANCH:+--as-branch "$PRE_COMMIT_REMOTE_BRANCH"}
