#!/usr/bin/env python3
"""Measures what an agent's program waits for before a tool call, and prints a Markdown table.

The repository is that of scene.py, with 10,000 locks of other agents. Medians over several rounds, in which all
commands take turns. --smoke checks that this still works."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import scene
from pre_commit import EMPTY, compiled, facts, load

LIMIT_MS, LOCKS = 2.5, 10_000
ALLOWED, SHELL, LARGE, DISPATCHED = "an allowed edit", "an allowed shell command", "an allowed edit of 20 MB", "through `git stream`"
REFUSED = "a refused edit, logged"


class AgentScene(scene.Scene):
    """One enrolled worktree is enough, and more locks."""

    def __init__(self, folder, count, build, locks):
        super().__init__(folder, count, build, None)
        self.lock_count = locks
        self.worktrees = {"own": self.folder / "own"}

    def keep_managers(self):
        pass

    def take_locks(self):
        each = self.lock_count // len(scene.OTHERS)
        for number, agent in enumerate(scene.OTHERS):
            paths = [f"utils/held/{agent}/module_{i:04}.py" for i in range(each)]
            self.run("git-stream", "lock", "--ttl", "24h", "--task", "Consolidate", *paths, GIT_STREAM_AGENT=agent)


def call(scene_, tool, **given):
    return json.dumps({"session_id": "bench", "cwd": str(scene_.own), "hook_event_name": "PreToolUse", "tool_name": tool,
                       "tool_input": given})


class Measurement:
    def __init__(self, scene_, empty, given):
        self.scene, self.given, self.times, self.work = scene_, given, {}, {}
        hook = [str(scene_.build / "libexec/git-stream/agent-hook"), "--dialect", "claude", "--event", "PreToolUse"]
        own = str(scene_.own / scene.module("observability", 0))
        other = str(scene_.own / "models/risk_manager.py")
        calls = {EMPTY: ([str(empty)], "{}"), ALLOWED: (hook, call(scene_, "Edit", file_path=own, old_string="a", new_string="b")),
                 SHELL: (hook, call(scene_, "Bash", command="pytest -q observability && git add -A && git commit -m 'Work'")),
                 LARGE: (hook, call(scene_, "Write", file_path=own, content="x\\\"\n" * (5 << 20))),
                 REFUSED: (hook, call(scene_, "Edit", file_path=other)),
                 DISPATCHED: (["git", "stream", "agent-hook", *hook[1:]], call(scene_, "Edit", file_path=own))}
        self.commands = {}
        for number, (label, (words, text)) in enumerate(calls.items()):
            file = scene_.folder / f"call-{number}.json"
            file.write_text(text)
            self.commands[label] = (words, file)
            done = subprocess.run(words, cwd=scene_.own, env=scene_.clean, stdin=file.open(), capture_output=True, text=True)
            refused = "deny" in done.stdout
            if done.returncode or done.stderr or refused != (label == REFUSED):
                raise SystemExit(f"{label}: exit {done.returncode}\n{done.stdout}{done.stderr}")

    def round(self):
        """All calls in turns, each with its file as stdin; what starting a process costs here is in every figure."""
        environment = self.scene.clean
        with open(os.devnull, "wb") as nowhere:
            for _ in range(self.given.runs):
                for label, (words, file) in self.commands.items():
                    program = shutil.which(words[0], path=environment["PATH"])
                    with file.open("rb") as stdin:
                        actions = [(os.POSIX_SPAWN_DUP2, stdin.fileno(), 0), (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
                        begin = time.perf_counter()
                        child = os.posix_spawn(program, words, environment, file_actions=actions)
                        _, _, used = os.wait4(child, 0)
                        self.times.setdefault(label, []).append(time.perf_counter() - begin)
                    self.work.setdefault(label, []).append(used.ru_utime + used.ru_stime)

    def median(self, label):
        return statistics.median(self.times[label]) * 1000

    def processor(self, label):
        return statistics.median(self.work[label]) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=scene.ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--sizes", default="1000,100000", help="tracked files")
    parser.add_argument("--locks", type=int, default=LOCKS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=40, help="of each call in each round")
    parser.add_argument("--smoke", action="store_true", help="a tiny repository, two runs, no judgement")
    given = parser.parse_args()
    if given.smoke:
        given.sizes, given.locks, given.rounds, given.runs = "200", 100, 1, 2
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-bench-"))
    try:
        empty = compiled("empty", folder)
        measurements = []
        for count in map(int, given.sizes.split(",")):
            built = AgentScene(folder / str(count), count, given.build.resolve(), given.locks)
            built.build_all()
            measurements.append(Measurement(built, empty, given))
        before = load()
        for _ in range(given.rounds):
            for measurement in measurements:
                os.chdir(measurement.scene.own)
                measurement.round()
        print(f"{facts()}.\nLoad before {before}, after {load()}; {given.locks:,} locks held.\n")
        counts = [m.scene.count for m in measurements]
        print(f"| ms, medians of {given.rounds} × {given.runs} runs (of the processor) | " + " | ".join(f"{n:,} files" for n in counts) + " |")
        print("| --- |" + " ---: |" * len(counts))
        for label in measurements[0].commands:
            print(f"| {label} | " + " | ".join(f"{m.median(label):.2f} ({m.processor(label):.2f})" for m in measurements) + " |")
        over = [m.median(ALLOWED) - m.median(EMPTY) for m in measurements]
        print("| **an allowed edit, more than the empty program** | " + " | ".join(f"**{ms:.2f}**" for ms in over) + " |\n")
        for count, ms in [] if given.smoke else zip(counts, over):
            print(f"- {'met' if ms <= LIMIT_MS else '**missed**'}: {count:,} files: {ms:.2f} ms, goal {LIMIT_MS}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
