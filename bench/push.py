#!/usr/bin/env python3
"""Measures what judging a push costs: 1,000 commits of a stream, each with three Python files in scope, in a repository of
30,000 files in layers. The push gate alone, a whole `git push` with and without it, and `git stream check --range`
take turns. Prints a Markdown table."""

import argparse
import os
import pathlib
import platform
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time

from scene import checked

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOAL_MS = 1000
BRANCH = "feature/stream-S-work"
GATE, PUSH, BARE, RANGE = ("the gate alone", "`git push` with it", "`git push` without hooks", "`git stream check --range`")
LAYERS = ["config", "models", "api"]
A_FOLDER = 20


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--files", type=int, default=30000)
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--locks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=pathlib.Path, help="build the repository here, and leave it")
    parser.add_argument("--smoke", action="store_true", help="a tiny repository, one round, no judgement")
    given = parser.parse_args()
    if given.smoke:
        given.files, given.commits, given.locks, given.rounds = 60, 5, 3, 1
    return given


def path_of(number):
    layer, rest = LAYERS[number % len(LAYERS)], number // len(LAYERS)
    return f"{layer}/part_{rest // A_FOLDER:03}/module_{rest % A_FOLDER:02}.py"


def source(number, files, change=0):
    """2 KB, with four imports of its own layer and the ones below."""
    rng = random.Random(number * 7919 + change)
    lines = [f'"""Module {number}, change {change}."""', "import os", "from typing import Any"]
    for _ in range(4):
        target = rng.randrange(files // len(LAYERS)) * len(LAYERS) + rng.randint(0, number % len(LAYERS))
        lines.append(f"import {path_of(min(target, files - 1)).removesuffix('.py').replace('/', '.')}")
    lines += [f"def step_{i}(value: Any) -> Any:\n    return value + {i} * {change}\n" for i in range(28)]
    return "\n".join(lines) + "\n"


def history(given):
    """fast-import's words: develop with all files and the policy, and the stream's commits on top."""
    policy = ("version: 1\nintegration_branch: develop\nstreams:\n"
              "  S: {agents: {S1: {files: ['models/**']}}}\n  T: {agents: {T1: {files: ['api/**']}}}\n"
              "layers:\n" + "".join(f"  - {{name: {name}, modules: [{name}]}}\n" for name in LAYERS))
    author = "bench <bench@example.com> {} +0000"

    def data(text):
        return f"data {len(text.encode())}\n{text}\n"

    def commit(ref, number, subject, files, parent=""):
        head = f"commit {ref}\ncommitter {author.format(1750000000 + number * 60)}\n{data(subject)}{parent}"
        return head + "".join(f"M 100644 inline {path}\n{data(text)}" for path, text in files)

    own = [number for number in range(given.files) if number % len(LAYERS) == 1]
    yield commit("refs/heads/develop", 0, "Start", [(".streams.yaml", policy)] +
                 [(path_of(number), source(number, given.files)) for number in range(given.files)])
    rng = random.Random(1)
    for change in range(1, given.commits + 1):
        touched = rng.sample(own, 3)
        yield commit(f"refs/heads/{BRANCH}", change, f"Change {change}",
                     [(path_of(number), source(number, given.files, change)) for number in touched],
                     "from refs/heads/develop\n" if change == 1 else "")


class Scene:
    def __init__(self, folder, build, given):
        self.folder, self.main, self.server = folder, folder / "main", folder / "server.git"
        self.given, self.gate = given, build / "libexec/git-stream/pre-push"
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        self.environment = kept | {"HOME": str(folder), "PATH": f"{build / 'bin'}:{kept['PATH']}", "GIT_CONFIG_NOSYSTEM": "1"}

    def run(self, *words, text=None):
        return checked(words, self.main, self.environment, text)

    def build(self):
        self.main.mkdir(parents=True)
        self.run("git", "init", "-q", "-b", "develop")
        self.run("git", "fast-import", "--quiet", text="".join(history(self.given)))
        self.run("git", "repack", "-adq")
        self.run("git", "init", "-q", "--bare", self.server)
        self.run("git", "remote", "add", "origin", self.server)
        self.run("git", "push", "-q", "origin", "develop")
        self.run("git", "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
        self.run("git", "read-tree", "HEAD")
        self.run("git", "stream", "init")
        for number in range(self.given.locks):
            self.run("env", "GIT_STREAM_AGENT=T1", "git", "stream", "lock", f"api/locked_{number}.py")
        self.run("git", "stream", "install", "--agent", "S1")
        self.tip = self.run("git", "rev-parse", BRANCH).strip()

    def judged(self):
        line = f"refs/heads/{BRANCH} {self.tip} refs/heads/{BRANCH} {'0' * len(self.tip)}\n"
        return self.timed(self.gate, "origin", self.server, text=line)

    def timed(self, *words, text=None):
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run(*words, text=text)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return wall * 1000, cpu * 1000

    def pushed(self, *options):
        spent = self.timed("git", *options, "push", "-q", "origin", BRANCH)
        self.run("git", "-c", "core.hooksPath=/dev/null", "push", "-q", "origin", f":{BRANCH}")
        return spent

    def round(self):
        return {GATE: self.judged(), PUSH: self.pushed(), BARE: self.pushed("-c", "core.hooksPath=/dev/null"),
                RANGE: self.timed("git", "stream", "check", "--range", f"develop..{BRANCH}")}


def main():
    given = arguments()
    folder = given.keep or pathlib.Path(tempfile.mkdtemp(prefix="git-stream-push-"))
    try:
        scene = Scene(folder.resolve(), given.build.resolve(), given)
        scene.build()
        rounds = [scene.round() for _ in range(given.rounds)]
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    medians = {name: [statistics.median(one[name][kind] for one in rounds) for kind in (0, 1)] for name in rounds[0]}
    print(f"{given.commits:,} commits, {given.files:,} files, {given.locks} locks of others; medians of {given.rounds} "
          f"rounds; {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| | ms | processor ms | processor ms a commit |\n| --- | ---: | ---: | ---: |")
    for name, (wall, cpu) in medians.items():
        print(f"| {name} | {wall:,.0f} | {cpu:,.0f} | {cpu / given.commits:.2f} |")
    if given.smoke or medians[GATE][0] <= GOAL_MS:
        return 0
    print(f"\nthe gate takes more than {GOAL_MS} ms", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
