# Completion of `git stream` and git-stream(1) in bash. The program itself reads what is typed and says what can follow.

# __git_stream_complete LINE PROGRAM...: LINE is what is typed behind the program's name, up to the cursor.
__git_stream_complete() {
  local line=$1 answer
  mapfile -d '' -t answer < <("${@:2}" --completions=bash "$line" "$COMP_WORDBREAKS" 2>/dev/null)
  compopt +o nospace +o bashdefault +o default
  COMPREPLY=()
  case ${answer[0]-} in
    files) compopt -o default ;;
    commands) mapfile -t COMPREPLY < <(compgen -c -- "${line##*[[:blank:]]}") ;;
    *) COMPREPLY=("${answer[@]:1}") ;;
  esac
}

# Called by git's own completion, with its variables.
_git_stream() {
  local IFS=' '
  __git_stream_complete "${words[*]:__git_cmd_idx + 1:cword - __git_cmd_idx - 1} $cur" __git stream
}

__git_stream_program() {
  local line=${COMP_LINE:0:COMP_POINT}
  __git_stream_complete "${line#*"${COMP_WORDS[0]}"}" "${1/#\~\//$HOME/}"
}

complete -F __git_stream_program git-stream
