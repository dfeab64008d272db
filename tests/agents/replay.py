#!/usr/bin/env python3
"""Replays recorded calls of agents' programs and compares what agent-hook answers.

  replay.py [--update] --build BUILD-FOLDER DIALECT-FOLDER…

A case is a folder: `call.json` (what the program writes to stdin; @TOP@ is the worktree in which F2 works, @OTHER@
the one of E1, @MAIN@ the main one, @OUT@ a folder outside), `expected` (exit code, stdout, stderr, and what `after`
printed). There may be besides: `event` (what the settings say we are called for), `before` and `after` (lines of the
shell, run in @TOP@), `environment` (NAME=value lines), `where` (another working directory). tests/agents/README.md
shows the repository."""

import argparse
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

POLICY = """version: 1
integration_branch: develop
branch: "feature/stream-{stream}-{slug}"
streams:
  E:
    name: Models
    agents:
      E1: {files: ["models/**"]}
  F:
    name: LLM
    agents:
      F1: {files: ["llm/sentiment*.py"]}
      F2: {files: ["llm/news*.py", "llm/feeds/"]}
shared: ["tests/**", "docs/**"]
protected: [".streams.yaml", ".claude/settings*.json"]
"""
FILES = ["llm/sentiment.py", "llm/news.py", "llm/feeds/rss.py", "models/risk.py", "docs/guide.md", "setup.py", "notebooks/a.ipynb"]


class Scene:
    def __init__(self, folder, build):
        self.folder, self.build = folder, build
        self.main, self.top, self.other = folder / "main", folder / "F2", folder / "E1"
        kept = {k: v for k, v in os.environ.items() if k.startswith("GIT_DEFAULT_") or
                not k.startswith(("GIT_", "CLAUDE", "CODEX", "GEMINI", "COPILOT"))}
        self.clean = kept | {
            "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8",
            "PATH": f"{build}/bin:{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        (folder / "outside").mkdir()
        self.sh(f"git init -q -b develop {self.main}", folder)
        (self.main / ".streams.yaml").write_text(POLICY)
        for file in FILES:
            (self.main / file).parent.mkdir(parents=True, exist_ok=True)
            (self.main / file).write_text(f"# {file}\n")
        self.sh("git add -A && git commit -q -m Start && git stream init", self.main)
        for agent in ["F2", "E1"]:
            self.sh(f"git worktree add -q --no-track -b work-{agent} ../{agent} && cd ../{agent} && "
                    f"git stream install --agent {agent}", self.main)
        self.sh("GIT_STREAM_AGENT=F1 git stream lock docs/guide.md --task 'Write the guide'", self.main)

    def sh(self, script, where, check=True, more=None):
        done = subprocess.run(["bash", "-c", script], cwd=where, env=self.clean | (more or {}), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode:
            sys.exit(f"{script}\n{done.stdout}")
        return done.stdout

    def filled(self, text):
        for mark, path in self.places():
            text = text.replace(mark.encode(), str(path).encode())
        return text

    def places(self):
        return [("@TOP@", self.top), ("@OTHER@", self.other), ("@MAIN@", self.main), ("@OUT@", self.folder / "outside"),
                ("@BUILD@", self.build)]

    def shown(self, text):
        for mark, path in self.places():
            text = text.replace(str(path), mark)
        text = re.sub(r"until (\d{4}-\d\d-\d\d )?\d\d:\d\d( \(\d+ \w+\))?", "until TIME", text)
        return re.sub(r"--wait \d+\w", "--wait LONG", text)

    def replay(self, case, dialect):
        def lines(name):
            path = case / name
            return path.read_text().strip() if path.exists() else ""

        if lines("before"):
            self.sh(self.filled(lines("before").encode()).decode(), self.top)
        event = lines("event")
        command = [self.build / "bin/git-stream", "agent-hook", "--dialect", dialect] + (["--event", event] if event else [])
        environment = dict(line.split("=", 1) for line in lines("environment").splitlines())
        where = self.filled((lines("where") or "@TOP@").encode()).decode()
        done = subprocess.run(command, input=self.filled((case / "call.json").read_bytes()), cwd=where,
                              env=self.clean | environment, capture_output=True)
        said = f"exit {done.returncode}\n--- stdout\n{done.stdout.decode()}--- stderr\n{done.stderr.decode()}"
        if lines("after"):
            said += "--- after\n" + self.sh(self.filled(lines("after").encode()).decode(), self.top, check=False)
        return self.shown(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write what was answered")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("dialects", type=pathlib.Path, nargs="+")
    given = parser.parse_args()
    wrong = 0
    for dialect in given.dialects:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-agents-")).resolve()
        try:
            scene = Scene(folder, given.build.resolve())
            cases = sorted(path.parent for path in dialect.glob("*/call.json"))
            if not cases:
                sys.exit(f"{dialect}: no cases")
            for case in cases:
                said, expected = scene.replay(case, dialect.name), case / "expected"
                if given.update:
                    expected.write_text(said)
                elif not expected.exists() or expected.read_text() != said:
                    wrong += 1
                    before = expected.read_text() if expected.exists() else ""
                    print(f"{dialect.name}/{case.name}:")
                    print("\n".join(difflib.unified_diff(before.splitlines(), said.splitlines(), "expected", "answered", lineterm="")))
            print(f"{dialect.name}: {len(cases)} calls")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
