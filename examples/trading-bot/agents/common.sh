# Two agents of one stream share a worktree, and its index: each commits its own paths, and tries again
# while the other holds the index.
set -e

again() {
  tries=0
  until output=$("$@" 2>&1); do
    case $output in
      *index.lock*) tries=$((tries + 1)); [ "$tries" -lt 100 ] && sleep 0.1 ;;
      *) printf '%s\n' "$output"; return 1 ;;
    esac
  done
  [ -z "$output" ] || printf '%s\n' "$output"
}

# commit MESSAGE PATH...
commit() {
  message=$1
  shift
  again git add --all -- "$@"
  again git commit -q -m "$message" -- "$@"
}
