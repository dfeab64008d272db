# Completion of git-stream(1) in fish; conf.fish beside this has `git stream` use it. The program itself says what can
# follow. A word with a tab in it cannot be offered: fish takes what is behind a tab for its description; one with a line
# break only behind `git-stream`.

function __git_stream_candidates
    set -l words (commandline -opc)
    set -l typed (commandline -ct | string unescape)
    or set typed (commandline -ct | string trim -l -c '\'"')
    set -l answer (git-stream --completions=fish $words[2..] "$typed" 2>/dev/null | string split0)
    switch "$answer[1]"
        case files
            set answer '' (__fish_complete_path "$typed")
        case commands
            set answer '' (__fish_complete_command)
    end
    set -q answer[2]
    and printf '%s\0' $answer[2..]
end

complete -c git-stream -f -a '(__git_stream_candidates | string split0)'
