#!/usr/bin/env python3
"""Measures `git stream conflicts` for 8 streams of 50 changed files each in a 30,000-file repository, beside
`git merge-tree --write-tree` for the same pairs, in one run. Prints a Markdown table."""

import argparse
import itertools
import os
import pathlib
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import import_repo

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLD_MS, WARM_MS = 1000, 150


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--files", type=int, default=30000)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--changed", type=int, default=50, help="files a stream")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--smoke", action="store_true", help="a tiny one, one round, no judgement")
    given = parser.parse_args()
    given.build = given.build.resolve()
    if given.smoke:
        given.files, given.streams, given.changed, given.rounds = 200, 3, 5, 1
    return given


class Scene:
    def __init__(self, folder, given):
        self.repo, self.given = folder / "repo", given
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        self.environment = kept | {"HOME": str(folder), "PATH": f"{given.build / 'bin'}:{kept['PATH']}",
                                   "GIT_CONFIG_NOSYSTEM": "1"}
        self.names = import_repo.Names(given.files)

    def run(self, *words, accept=(0,), **more):
        done = subprocess.run([str(word) for word in words], cwd=self.repo, env=self.environment, capture_output=True,
                              **more)
        if done.returncode not in accept:
            sys.exit(f"{words}: exit {done.returncode}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def build(self):
        import_repo.build(self.repo, self.given.files)
        policy = import_repo.policy(self.names)
        start, _, layers = policy.partition("layers:")
        streams = "".join(f"  S{number}: {{name: Part {number}, agents: {{S{number}x: {{files: [\"part_{number}/**\"]}}}}}}\n"
                          for number in range(self.given.streams))
        policy = f"version: 1\nstreams:\n{streams}layers:{layers}"
        out = [b"commit refs/heads/develop\ncommitter b <b@example.com> 1700000001 +0000\ndata 1\np\nfrom refs/heads/develop^0\n"
               b"M 100644 inline .streams.yaml\ndata %d\n%s\n" % (len(policy.encode()), policy.encode())]
        rng = random.Random(1)
        for number in range(self.given.streams):
            out.append(b"commit refs/heads/feature/stream-S%d-part-%d\ncommitter b <b@example.com> 1700000002 +0000\n"
                       b"data 1\nw\nfrom refs/heads/develop^0\n" % (number, number))
            for file in rng.sample(range(self.given.files), self.given.changed):
                source = import_repo.source(self.names, file)
                # A new function at the end, and a line of the first function changed.
                source = source.replace("    total, seen = ", f"    total, seen = {number} + ", 1)
                source += f"\n\ndef added_by_{number}(rows):\n    return rows\n"
                out.append(b"M 100644 inline %s\ndata %d\n%s\n"
                           % (self.names.path(file).encode(), len(source.encode()), source.encode()))
        self.run("git", "fast-import", "--quiet", "--force", input=b"".join(out))
        # git gathers what is loose in packs as soon as there is much of it.
        self.run("git", "repack", "-dq")
        self.run("git", "pack-refs", "--all")

    def time(self, action):
        start = time.perf_counter()
        action()
        return (time.perf_counter() - start) * 1000

    def conflicts(self):
        self.run("git-stream", "conflicts", "--json", accept=(0, 1))

    def forget(self):
        shutil.rmtree(self.repo / ".git/stream", ignore_errors=True)

    def by_git(self):
        branches = [f"feature/stream-S{number}-part-{number}" for number in range(self.given.streams)]
        for one, other in itertools.combinations(branches, 2):
            self.run("git", "merge-tree", "--write-tree", "-z", one, other, accept=(0, 1))


def main():
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(pathlib.Path(folder), given)
        scene.build()
        cold, warm, git = [], [], []
        for _ in range(given.rounds):
            scene.forget()
            cold.append(scene.time(scene.conflicts))
            warm.append(scene.time(scene.conflicts))
            git.append(scene.time(scene.by_git))
        answer = scene.run("git-stream", "conflicts", accept=(0, 1))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}; "
          f"{given.streams} streams of {given.changed} changed files, {given.files:,} files, {given.rounds} rounds\n")
    pairs = given.streams * (given.streams - 1) // 2
    base = statistics.median(warm)
    print("| ms, medians | | × warm |\n| --- | ---: | ---: |")
    for what, values in ((f"`git stream conflicts`, {pairs} pairs and the order, cold", cold), ("the same, warm", warm),
                         (f"`git merge-tree --write-tree`, {pairs} times", git)):
        print(f"| {what} | {statistics.median(values):,.0f} | {statistics.median(values) / base:.1f} |")
    if given.smoke:
        sys.exit(0 if "they go through" in answer or "it breaks" in answer else 1)
    for what, values, goal in (("cold", cold, COLD_MS), ("warm", warm, WARM_MS)):
        print(f"\n{what}: goal {goal} ms, {'met' if statistics.median(values) <= goal else 'not met'}", end="")
    print()


if __name__ == "__main__":
    main()
