"""A real repository with two enrolled worktrees, real hook managers, and what tests ask of them."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITSTREAM_BUILD", ROOT / "build" / "dev"))
TOOLS = ROOT / "build" / "tools" / "node_modules" / ".bin"

POLICY = """\
version: 1
integration_branch: develop
streams:
  A:
    name: Alpha
    agents:
      A1: {files: ["a/**"]}
  B:
    name: Beta
    agents:
      B1: {files: ["b/**"]}
rules: {unowned: allow}
"""
BEFORE = ".before-git-stream"


class Sandbox:
    """FOLDER/repo is enrolled as A1 and FOLDER/linked as B1, once enrol() was called."""

    def __init__(self, name="repo"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-")).resolve()
        self.repo = self.folder / name
        self.linked = self.folder / ("linked " + name if " " in name else "linked")
        self.witness = self.folder / "witness"
        self.fail = self.folder / "FAIL"
        self.bin = BUILD / "bin"
        self.home = self.folder / "home"
        self.home.mkdir()
        self.environment = {k: v for k, v in os.environ.items() if k.startswith("GIT_DEFAULT_")} | {
            "PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "2025-12-06T10:00:00Z", "GIT_COMMITTER_DATE": "2025-12-06T10:00:00Z",
            "GIT_EDITOR": "true", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.org", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1",
        }
        self.counter = 0
        self.check = self.folder / "check.sh"
        self.write(self.check, f'#!/bin/sh\necho tool >>"{self.witness}"\n[ ! -e "{self.fail}" ] || exit 7\n')
        self.git("init", "-q", "-b", "develop", str(self.repo), cwd=self.folder)
        self.write(self.repo / ".streams.yaml", POLICY)
        self.git("add", "-A")
        self.git("commit", "-qm", "policy")

    def close(self):
        subprocess.run(["chmod", "-R", "u+rwX", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Running things.
    def run(self, *argv, cwd=None, env=None, stdin=""):
        environment = {k: v for k, v in {**self.environment, **(env or {})}.items() if v is not None}
        return subprocess.run([str(word) for word in argv], cwd=cwd or self.repo, env=environment, input=stdin,
                              capture_output=True, text=True, timeout=60, check=False)

    def must(self, *argv, **options):
        result = self.run(*argv, **options)
        if result.returncode != 0:
            raise AssertionError(f"{argv} exited with {result.returncode}: {result.stdout}{result.stderr}")
        return result

    def git(self, *arguments, **options):
        return self.must("git", *arguments, **options).stdout

    def stream(self, *arguments, **options):
        return self.must("git", "stream", *arguments, **options).stdout

    @staticmethod
    def write(file, text, mode=0o755):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    # The repository.
    @property
    def hooks(self):
        return self.repo / ".git" / "hooks"

    def add_worktree(self):
        self.git("worktree", "add", "-q", "-b", "feature/stream-B-beta", str(self.linked))

    def enrol(self):
        self.stream("install", "--agent", "A1")
        if self.linked.exists():
            self.stream("install", "--agent", "B1", cwd=self.linked)

    def commit(self, path, *arguments, cwd=None, env=None):
        """Stages a new content for the path and commits; the result of `git commit`."""
        cwd = cwd or self.repo
        self.counter += 1
        self.write(cwd / path, f"{self.counter}\n", 0o644)
        self.git("add", "-A", cwd=cwd)
        result = self.run("git", "commit", "-m", f"change {self.counter}", *arguments, cwd=cwd, env=env)
        if result.returncode != 0:
            self.git("-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", cwd=cwd)
        return result

    def lines(self, file=None):
        file = file or self.witness
        return file.read_text().splitlines() if file.exists() else []

    def actions(self, name):
        log = self.repo / ".claude" / "state" / "agent_activity.jsonl"
        return sum(f'"action":"{name}"' in line.replace(": ", ":") for line in self.lines(log))

    def snapshot(self):
        """Every file of the hooks folder and the configuration: mode and content, or a link's target."""
        found = {}
        git_dir = self.repo / ".git"
        files = [f for f in self.hooks.rglob("*") if not f.is_dir() or f.is_symlink()] if self.hooks.is_dir() else []
        for file in [*files, *git_dir.glob("config*"), *git_dir.glob("worktrees/*/config*")]:
            if file.is_symlink():
                found[str(file.relative_to(git_dir))] = ("link", os.readlink(file))
                continue
            # What a manager writes may name the repository.
            content = file.read_bytes().replace(str(self.folder).encode(), b"FOLDER")
            if content or file.name != "config.worktree":
                found[str(file.relative_to(git_dir))] = (file.stat().st_mode, hashlib.sha256(content).hexdigest())
        return found


class Case(unittest.TestCase):
    def setUp(self):
        self.box = self.sandbox()

    def sandbox(self, **options):
        box = Sandbox(**options)
        self.addCleanup(box.close)
        return box


def enrolled_sandbox(test):
    """A repository with git-stream in it, both of whose worktrees are enrolled; gone with the test."""
    box = Sandbox()
    test.addCleanup(box.close)
    box.must("git-stream", "init")
    box.add_worktree()
    box.enrol()
    return box


def copy_programs(prefix):
    """An installation of its own, for tests that damage it."""
    for part in ("bin", "libexec/git-stream"):
        (prefix / part).mkdir(parents=True)
        for file in (BUILD / part).iterdir():
            if file.is_file():
                shutil.copy2(file, prefix / part, follow_symlinks=False)
    return prefix


def tool(name):
    found = TOOLS / name
    return str(found) if found.exists() else shutil.which(name)


LOCAL_HOOK = """\
repos:
- repo: local
  hooks:
  - {{id: check, name: check, language: system, entry: sh "{check}", always_run: true, pass_filenames: false}}
"""


class Plain:
    """A hook that a person wrote; installed later, it is copied over whatever is there."""
    name, code, program = "plain", 7, "sh"
    displaces = True

    def prepare(self, box):
        box.write(box.repo / "hook.sh", f'#!/bin/sh\nexec sh "{box.check}"\n')

    def install(self, box):
        target = box.hooks / "pre-commit"
        target.unlink(missing_ok=True)
        shutil.copy2(box.repo / "hook.sh", target)


class PreCommit:
    name, code, program = "pre-commit", 1, "pre-commit"
    displaces = False

    def prepare(self, box):
        (box.repo / ".pre-commit-config.yaml").write_text(LOCAL_HOOK.format(check=box.check))

    def install(self, box):
        box.must(tool(self.program), "install")


class Prek(PreCommit):
    name, program = "prek", "prek"


class Lefthook:
    name, code, program = "lefthook", 1, "lefthook"
    displaces = True

    def prepare(self, box):
        (box.repo / "lefthook.yml").write_text(
            f"pre-commit:\n  commands:\n    check: {{run: sh '{box.check}'}}\n")

    def install(self, box):
        box.must(tool(self.program), "install")


class Husky:
    name, code, program = "husky", 7, "husky"
    displaces = True

    def prepare(self, box):
        box.write(box.repo / ".husky" / "pre-commit", f'sh "{box.check}"\n')

    def install(self, box):
        for worktree in (box.linked, box.repo):  # its folder is not tracked: each worktree needs its own
            if worktree.exists():
                box.must(tool(self.program), cwd=worktree)


MANAGERS = {manager.name: manager for manager in (Plain, PreCommit, Prek, Lefthook, Husky)}
