#!/usr/bin/env python3
"""Measures `git stream start` of 8 streams at once beside git's own share of it, `git worktree add` of the same 8
branches, in one run. Prints a Markdown table."""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from scene import checked
from status import facts

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOAL = 1.10  # times what git takes
ONE, MANY, AGENTS, GIT, GIT_ALL = ("`git stream start` of all", "a `git stream start` each, all at once",
                                   "`git stream start --per-agent` of as many agents", "`git worktree add`, one after the other",
                                   "`git worktree add`, all at once")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--smoke", action="store_true", help="a tiny one, one round, no judgement")
    given = parser.parse_args()
    if given.smoke:
        given.streams, given.files, given.rounds = 2, 20, 1
    return given


class Scene:
    """A repository in `folder`, and nothing beside it."""

    def __init__(self, folder, given):
        self.folder, self.main, self.given = folder, folder / "main", given
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        self.environment = kept | {"HOME": str(folder), "PATH": f"{given.build.resolve() / 'bin'}:{kept['PATH']}",
                                   "GIT_CONFIG_NOSYSTEM": "1",
                                   "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.com",
                                   "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@example.com"}
        self.names = [f"S{number}" for number in range(given.streams)]

    def run(self, *words):
        return checked(words, self.main, self.environment)

    def build(self):
        self.main.mkdir(parents=True)
        self.run("git", "init", "-q", "-b", "develop")
        policy = ["version: 1", "streams:"]
        for number, name in enumerate(self.names):
            policy.append(f"  {name}: {{name: Part {number}, agents: {{{name}x: {{files: ['package_{number:02}/*.py']}}}}}}")
        agents = ", ".join(f"T{number}: {{scope: Agent {number}, files: ['agent_{number}/*.py']}}"
                           for number in range(self.given.streams))
        policy.append(f"  T: {{name: Agents, agents: {{{agents}}}}}")
        (self.main / ".streams.yaml").write_text("\n".join(policy) + "\n")
        for number in range(self.given.files - 1):
            path = self.main / f"package_{number % 50:02}/part_{number % 7}/module_{number:05}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"VALUE = {number}\n" * (100 + number % 200))
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "Start")
        self.run("git", "gc", "-q")
        self.run("git-stream", "init")

    def clear(self):
        for worktree in self.folder.glob("main-*"):
            shutil.rmtree(worktree)
        self.run("git", "worktree", "prune")
        for branch in self.run("git", "for-each-ref", "--format=%(refname:short)", "refs/heads").split():
            if branch != "develop":
                self.run("git", "branch", "-q", "-D", branch)
        state = self.main / ".git/stream/state"
        (state / "orchestrator_state.json").write_text('{"streams": {}, "started_at": null}')
        (state / "agent_activity.jsonl").write_text("")

    def at_once(self, commands):
        running = [subprocess.Popen([str(word) for word in words], cwd=self.main, env=self.environment,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for words in commands]
        if any([one.wait() for one in running]):
            sys.exit("one of them failed")

    def commands(self):
        def added(name):  # as `start` has git do it
            return ["git", "worktree", "add", "-q", "--no-track", "-b", f"feature/stream-{name}-part",
                    self.folder / f"main-{name}", "develop"]

        return {GIT: lambda: [self.run(*added(name)) for name in self.names],
                GIT_ALL: lambda: self.at_once(added(name) for name in self.names),
                ONE: lambda: self.run("git-stream", "start", *self.names),
                MANY: lambda: self.at_once(["git-stream", "start", name] for name in self.names),
                AGENTS: lambda: self.run("git-stream", "start", "T", "--per-agent")}


def processor_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    given = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-start-"))
    try:
        scene = Scene(folder, given)
        scene.build()
        times, processor = {}, {}
        before = os.getloadavg()[0]
        for number in range(given.rounds):  # all take turns, each as often first as another
            commands = list(scene.commands().items())
            for label, command in commands[number % len(commands):] + commands[:number % len(commands)]:
                scene.clear()
                begin, spent = time.perf_counter(), processor_time()
                command()
                times.setdefault(label, []).append((time.perf_counter() - begin) * 1000)
                processor.setdefault(label, []).append((processor_time() - spent) * 1000)
        medians = {label: statistics.median(values) for label, values in times.items()}
        print(f"{facts()}. Load before {before:.1f}, after {os.getloadavg()[0]:.1f}.\n{given.streams} streams, "
              f"{given.files:,} files.\n")
        print(f"| ms, {given.rounds} rounds | median | lowest | processor | × git's |\n| --- | ---: | ---: | ---: | ---: |")
        for label in scene.commands():
            print(f"| {label} | {medians[label]:.0f} | {min(times[label]):.0f} | {statistics.median(processor[label]):.0f} | "
                  f"{medians[label] / medians[GIT]:.2f} |")
        ratio = medians[ONE] / medians[GIT]
        if not given.smoke:
            print(f"\n- {'met' if ratio < GOAL else '**missed**'}: {ratio:.2f} × git's, goal {GOAL}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
