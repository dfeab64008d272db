#!/usr/bin/env python3
"""Runs the commands that a document or a scenario shows, and compares what they print.

  transcript.py [--update] --path BIN-FOLDER DOCUMENT.md      every ```console block, in one shell
  transcript.py [--update] --path BIN-FOLDER SCENARIO-FOLDER  policy.yaml, steps, expected.txt

A line that starts with "$ " is a command, and goes on in lines that start with "> "; what follows is its output,
stdout and stderr together, then "[exit N]" unless it was 0. A document's commands run in an empty folder
that is shown as /home/ada; $SOURCE is this checkout. A block marked `console SCRIPT` is all that this script of ours prints. Times,
lengths of time, and abbreviated commit ids are replaced by fixed ones.

"first$ " and the like are commands on machines of these names, each with a home and a network namespace of its own (network.py): exit 77
where there are none. "server$ " is reached by the others; after a command that ends in "&" there, the next one waits until it listens. A
section that starts a server which is not installed is left as it is.
"""

import argparse
import contextlib
import difflib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import network

SHOWN_HOME = "/home/ada"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
MARK = "\x01done "
SERVER, SKIPPED = "server", 77
NEEDS = {"etcd": ("etcd", "git-stream-etcd")}  # a server, and what asks it
BLOCK = re.compile(r"^```console ?(\S*)\n(.*?)^```$", re.S | re.M)
COMMAND = re.compile(r"^(?:([a-z]+))?\$ (.*)")  # the machine, if any, and the command

CLEAN = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2025-12-06T10:00:00Z",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2025-12-06T10:00:00Z",
    "GIT_EDITOR": "true",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


def normalise(text, folder, machines=()):
    text = text.replace(str(folder), SHOWN_HOME)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2025-12-06T10:00:00Z", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2025-12-06 10:00:00", text)
    text = re.sub(r"\d{8}T\d{6}Z", "20251206T100000Z", text)
    text = re.sub(r"until (\d{4}-\d\d-\d\d )?\d\d:\d\d", "until 11:00", text)
    # A clone's name among others.
    text = re.sub(r"\b([\w-]+)-[0-9a-f]{12}\b", lambda name: f"{name[1] if name[1] in machines else 'build-7'}-0123456789ab", text)
    text = re.sub(r"until 11:00 \((5[5-9]|6[01]) min\)", "until 11:00 (60 min)", text)  # a fresh one: it has an hour
    text = re.sub(r"\(\d+ s\)", "(2 s)", text)
    text = re.sub(r"\bpid \d+", "pid 4711", text)
    text = re.sub(r"\b\d+ (s|min) ago|just now", "2 s ago", text)
    text = re.sub(r"\b\d+\.\d s\b", "0.2 s", text)
    text = re.sub(r"^(  \S+: ok), 0\.2 s$", r"\1", text, flags=re.M)  # said of a step that took a moment
    text = re.sub(r"^\d\d:\d\d(?=  )", "10:00", text, flags=re.M)
    text = re.sub(r"--wait \d+s", "--wait 12s", text)
    text = re.sub(r"--wait 6\dm", "--wait 65m", text)
    text = re.sub(r"\b[0-9a-f]{10}\b", "1a2b3c4d5e", text)
    text = re.sub(r"^[0-9a-f]{7}(?= )|(?<= )[0-9a-f]{7}(?= \[|\])", "1a2b3c4", text, flags=re.M)
    text = text.replace("set reftable.lockTimeout = 60000\n", "")  # said only where refs are in tables
    text = re.sub(r"git version \S+", "git version 2.39.5", text)
    return text


class Shell:
    """One bash that lives as long as the document; its output is read up to a mark."""

    def __init__(self, folder, path, host=None, machines=()):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith("GIT_DEFAULT_")}
        environment.update(CLEAN, HOME=str(folder), SOURCE=str(SOURCE), PATH=f"{path}:{environment['PATH']}", PS1="")
        self.folder, self.machines = folder, machines
        bash = ["bash", "--norc", "--noprofile"]
        self.process = subprocess.Popen(
            host.command(bash) if host else bash, cwd=folder, env=environment, text=True, errors="surrogateescape",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=bool(machines))

    def run(self, command):
        self.process.stdin.write(f"{command}\nprintf '\\n\\001done %s\\n' $?\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(MARK):
                status = int(line[len(MARK):])
                output = "".join(lines)[:-1]
                if output and not output.endswith("\n"):
                    output += "\n"
                if status:
                    output += f"[exit {status}]\n"
                return normalise(output, self.folder, self.machines)
            lines.append(line)
        raise SystemExit(f"the shell ended in: {command}")

    def start(self, command):
        """A server: until it listens."""
        before, output, end = network.listening(), self.run(command), time.monotonic() + 60
        while not network.listening() - before and time.monotonic() < end:
            time.sleep(0.05)
        return output

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        if self.machines:  # what it has started goes on
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Shells:
    """The document's, which has no name, or one on each machine that it names."""

    def __init__(self, folder, path, machines):
        self.hosts = {name: network.Host(name) for name in machines if name != SERVER}
        self.path, self.shells = path, {}
        for name in machines or [""]:
            (folder / name).mkdir(exist_ok=True)
            self.shells[name] = Shell(folder / name, path, self.hosts.get(name), machines)

    def run(self, command, name=""):
        shell = self.shells[name]
        return shell.start(command) if name == SERVER and command.endswith("&") else shell.run(command)

    def close(self):
        for part in (*self.shells.values(), *self.hosts.values()):
            part.close()


def machines_of(document):
    """Those that its commands name, as they come."""
    blocks = (match[2] for match in BLOCK.finditer(document.read_text()) if not match[1])
    return list(dict.fromkeys(name for block in blocks for name, _ in commands_of(block) if name))


def commands_of(text):
    """The machines and commands of a transcript, in order; those of several lines with their line ends."""
    found, continued = [], False
    for line in text.splitlines():
        command = COMMAND.match(line)
        if command:
            found.append((command[1] or "", command[2]))
            continued = True
        elif line.startswith("> ") and continued:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line[2:]}")
        else:
            continued = False
    return found


def replay(shells, text):
    """The same transcript with what the commands print now."""
    return "".join(f"{name}$ " + "\n> ".join(command.split("\n")) + "\n" + shells.run(command, name)
                   for name, command in commands_of(text))


def missing_for(section, path):
    """Of the servers that it starts."""
    commands = [command for block in BLOCK.finditer(section) for name, command in commands_of(block[2]) if name == SERVER]
    servers = [command.split()[0] for command in commands if command.endswith("&")]
    return [need for server in servers for need in NEEDS.get(server, (server,)) if not shutil.which(need, path=path)]


def run_document(document, shells):
    text = document.read_text()

    def block(match):
        script, shown = match.groups()
        if script:
            return f"```console {script}\n{shells.run(f'{SOURCE}/{script} $PWD/demo')}```"
        return f"```console\n{replay(shells, shown)}```"

    def run(section):
        missing = missing_for(section, f"{shells.path}:{os.environ['PATH']}")
        if not missing:
            return BLOCK.sub(block, section)
        print(f"not tried without {' and '.join(missing)}: {section.splitlines()[0]}", file=sys.stderr)
        return section

    return text, "".join(map(run, re.split("^(?=## )", text, flags=re.M)))


def run_scenario(folder, shells):
    shell = shells.shells[""]
    root = shell.folder
    repository = root / "repo"
    shell.run("git init -q -b develop repo && cd repo")
    if (folder / "policy.yaml").exists():
        shutil.copy(folder / "policy.yaml", repository / ".streams.yaml")
        shell.run("git add -A && git commit -qm 'Start'")
        shell.run("git stream init >/dev/null")
    expected = folder / "expected.txt"
    steps = (folder / "steps").read_text().splitlines()
    actual = ""
    for step in steps:
        if step.startswith("#"):
            actual += step + "\n"
        elif step.strip():
            actual += f"$ {step}\n{shell.run(step)}"
    return expected.read_text() if expected.exists() else "", actual


def in_network():
    try:
        network.enter()
    except network.Unavailable as why:
        print(f"there are no machines to run it on: {why}", file=sys.stderr)
        return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--path", required=True)
    parser.add_argument("subject", type=pathlib.Path)
    arguments = parser.parse_args()
    scenario = arguments.subject.is_dir()
    machines = [] if scenario else machines_of(arguments.subject)
    if machines and not in_network():
        return SKIPPED
    folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-doc-")).resolve()
    shells = Shells(folder, pathlib.Path(arguments.path).resolve(), machines)
    try:
        before, after = (run_scenario if scenario else run_document)(arguments.subject, shells)
    finally:
        shells.close()
        shutil.rmtree(folder, ignore_errors=True)
    if before == after:
        return 0
    target = arguments.subject / "expected.txt" if scenario else arguments.subject
    if arguments.update:
        target.write_text(after)
        return 0
    sys.stdout.writelines(difflib.unified_diff(
        before.splitlines(True), after.splitlines(True), f"{target} (as it stands)", "as it runs now"))
    return 1


if __name__ == "__main__":
    sys.exit(main())
