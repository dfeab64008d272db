# `git stream …` in fish, which reads this as it starts: completed as `git-stream …`. fish's own completion of git means
# to do that for every git-* command; that of 3.6.0 does not find them.
complete -c git -f -n __fish_git_needs_command -a stream -d 'Let many agents and people work on one repository'
complete -c git -f -n '__fish_git_using_command stream' \
    -a '(complete -C (commandline -cp | string replace -r "^\s*git\s+(.*?\s)?stream\s" "git-stream "))'
