"""Real shells, into which a command line is typed, and what their completion makes of it."""

import base64
import os
import pty
import re
import select
import signal
import subprocess
import time

ALL = b"\x1b*"  # readline: insert all completions; zsh: bound to the same


class Shell:
    """An interactive shell in a pseudo-terminal. After its `setup`, C-x p prints the line that is being edited, in base64
    between @@, and empties it."""

    def __init__(self, argv, setup, cwd, environment):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, {**environment, "TERM": "dumb"})
        self.seen = b""
        # What is typed is echoed: the word that says that the setup is done is not typed as it is printed.
        self.send(setup.encode() + b"\nprintf '%s%s\\n' re ady\n")
        self.wait(rb"ready")

    def send(self, keys):
        os.write(self.terminal, keys)

    def wait(self, pattern, seconds=30):
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            if time.monotonic() > end or not select.select([self.terminal], [], [], end - time.monotonic())[0]:
                raise AssertionError(f"{pattern!r} did not come: {self.seen.decode(errors='replace')}")
            self.seen += os.read(self.terminal, 65536)
        self.seen = self.seen[found.end():]
        return found

    def line_after(self, typed, keys=b"\t"):
        """The line as it is once this was typed and these keys were pressed."""
        self.send(typed.encode() + keys)
        self.send(b"\x18p")
        return base64.b64decode(self.wait(rb"@@([A-Za-z0-9+/=]*)@@").group(1)).decode(errors="surrogateescape")

    def close(self):
        os.close(self.terminal)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


class Bash(Shell):
    def __init__(self, cwd, environment, setup=""):
        super().__init__(["bash", "--noprofile", "--norc", "-i"], f"""
PS1='$ '; HISTFILE=; set +H
bind 'set completion-query-items 0'; bind 'set page-completions off'; bind 'set show-all-if-ambiguous on'
print_line() {{ printf '@@%s@@\\n' "$(printf %s "$READLINE_LINE" | base64 -w0)"; READLINE_LINE=; READLINE_POINT=0; }}
bind -x '"\\C-xp": print_line'
{setup or '. /usr/share/bash-completion/bash_completion'}
""", cwd, environment)


class Zsh(Shell):
    def __init__(self, cwd, environment, functions):
        super().__init__(["zsh", "-f", "-i"], f"""
PS1='$ '; unset HISTFILE; bindkey -e
fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -D
print_line() {{ printf '@@%s@@\\n' "$(printf %s "$BUFFER" | base64 -w0)"; BUFFER=; zle -I; zle redisplay }}
zle -N print_line; bindkey '^Xp' print_line
zstyle ':completion:*' insert-tab false; LISTMAX=1000
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
zle -C all-matches complete-word _generic; bindkey '^[*' all-matches
""", cwd, environment)


def fish(line, cwd, environment):
    """The candidates that fish has at the end of the line, with what it says of each."""
    result = subprocess.run(["fish", "-c", "complete -C $argv[1]", line], cwd=cwd, env=environment,
                            capture_output=True, timeout=60, check=True)
    lines = result.stdout.decode(errors="surrogateescape").splitlines()
    return [tuple((line + "\t").split("\t")[:2]) for line in lines]
