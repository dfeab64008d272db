#!/usr/bin/env python3
"""Measures `git stream status` beside as many calls of `git status --porcelain` as there are worktrees, in one run: 64
streams, each with one worktree (or `--branches 2`) of a 300-file repository and changes in it, 10,000 log lines, 1,000
locks. Prints a Markdown table."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from scene import checked

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOAL, GOAL_BRANCHES = 1.25, 2  # times what git takes, as many at once as cores
STATUS, JSON, GIT, GIT_TWO = ("`git stream status`", "`git stream status --json`",
                              "`git status --porcelain` in every worktree", "the same, as many at once as cores")
START = datetime.datetime(2025, 12, 6, 10, tzinfo=datetime.timezone.utc)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--branches", type=int, default=1, help="of each stream, with a worktree each")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--lines", type=int, default=10000, help="of the activity log")
    parser.add_argument("--locks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--fresh", action="store_true", help="worktrees as git has just made them: many racy entries")
    parser.add_argument("--keep", type=pathlib.Path, help="build the repository here, and leave it")
    parser.add_argument("--smoke", action="store_true", help="a tiny one, one round, no judgement")
    given = parser.parse_args()
    if given.smoke:
        given.streams, given.files, given.lines, given.locks, given.rounds = 3, 20, 50, 10, 1
    return given


def clock(minutes):
    return (START + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Scene:
    """A repository in `folder`, its streams' worktrees beside it, and the state that agents leave."""

    def __init__(self, folder, build, given):
        self.folder, self.main, self.given = folder, folder / "main", given
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        self.environment = kept | {"HOME": str(folder), "PATH": f"{build / 'bin'}:{kept['PATH']}", "GIT_CONFIG_NOSYSTEM": "1",
                                   "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.com",
                                   "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@example.com"}
        self.streams = [f"S{number:02}" for number in range(given.streams)]
        self.worktrees = [folder / f"main-stream-{stream}{'-more' * more}" for more in range(given.branches)
                          for stream in self.streams]

    def run(self, *words, cwd=None):
        return checked(words, cwd or self.main, self.environment)

    def write(self, path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def build(self):
        self.main.mkdir(parents=True)
        self.run("git", "init", "-q", "-b", "develop")
        policy = ["version: 1", "integration_branch: develop", "streams:"]
        for number, stream in enumerate(self.streams):
            before = [self.streams[number - 8]] if number >= 8 else []
            policy += [f"  {stream}:", f"    name: Part {number}", f"    depends_on: [{', '.join(before)}]", "    agents:"]
            policy += [f"      {stream}{agent}: {{files: ['package_{number:02}/{agent}_*.py']}}" for agent in "xyz"]
        self.write(self.main / ".streams.yaml", "\n".join(policy) + "\n")
        self.write(self.main / ".gitignore", "__pycache__/\n*.pyc\n/build/\n.venv/\n")
        for number in range(self.given.files - 2):
            path = self.main / f"package_{number % 30:02}/module_{number:03}.py"
            self.write(path, f"VALUE = {number}\n" * 60)
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "Start")
        self.run("git-stream", "init")
        for number, worktree in enumerate(self.worktrees):
            self.add_worktree(number, worktree)
        for number in range(20):  # the integration branch goes on
            self.run("git", "commit", "-q", "--no-verify", "--allow-empty", "-m", f"Later {number}")
        self.run("git", "pack-refs", "--all")
        self.run("git", "repack", "-adq")
        self.write_state()
        if not self.given.fresh:
            time.sleep(1.1)
            for worktree in self.worktrees:
                self.run("git", "status", cwd=worktree)

    def add_worktree(self, number, worktree):
        self.run("git", "worktree", "add", "-q", worktree, "-b",
                 f"feature/stream-{self.streams[number % len(self.streams)]}-part-{number}")
        for commit in range(number % 4):
            self.write(worktree / f"package_00/new_{number}_{commit}.py", "VALUE = 1\n")
            self.run("git", "add", "-A", cwd=worktree)
            self.run("git", "commit", "-q", "--no-verify", "-m", f"Work {commit}", cwd=worktree)
        for changed in range(number % 3):
            self.write(worktree / f"package_01/module_{1 + 30 * changed:03}.py", "CHANGED = 1\n")
        self.write(worktree / "package_02/notes.txt", "not added\n")
        self.write(worktree / "package_03/__pycache__/module.pyc", "ignored\n")
        self.write(worktree / ".aiignore", "package_05/\n")

    def write_state(self):
        state = self.main / ".git/stream/state"
        records = {stream: {"status": "in_progress", "started_at": clock(0), "worktree": str(worktree),
                            "branch": f"feature/stream-{stream}-part-{number}", "agents": [f"{stream}{a}" for a in "xyz"],
                            "runs": {f"{stream}x": {"pid": os.getpid(), "start_time": 0, "started_at": clock(number),
                                                    "boot_id": pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()}}}
                   for number, (stream, worktree) in enumerate(zip(self.streams, self.worktrees))}
        self.write(state / "orchestrator_state.json", json.dumps({"streams": records, "started_at": clock(0)}, indent=2))
        self.write(self.main / ".git/info/exclude", (self.main / ".git/info/exclude").read_text() + "/.aiignore\n")
        agents = [f"agent-{stream}{agent}" for stream in self.streams for agent in "xyz"]
        locks = {f"package_{n % 30:02}/locked_{n}.py": {
            "agent": agents[n % len(agents)], "stream": agents[n % len(agents)][6:-1], "acquired": clock(0),
            "expires": "2099-01-01T00:00:00Z", "task": "measured"} for n in range(self.given.locks)}
        self.write(state / "file_locks.json", json.dumps({"locks": locks, "version": 1}, indent=2))
        lines = [json.dumps({"timestamp": clock(n / 10), "agent": agents[n % len(agents)], "stream": agents[n % len(agents)][6:-1],
                             "action": "committed", "commit": f"{n:040x}", "subject": "Do what was to be done"})
                 for n in range(self.given.lines)]
        self.write(state / "agent_activity.jsonl", "\n".join(lines) + "\n")
        warnings = [json.dumps({"timestamp": clock(n), "agent": agents[n % len(agents)], "warning": "imports what is locked",
                                "severity": "medium"}) for n in range(self.given.lines // 20)]
        self.write(state / "conflict_warnings.jsonl", "\n".join(warnings) + "\n")

    def commands(self):
        def all_at_once(limit):
            waiting, running = list(self.worktrees), []
            while waiting or running:
                while waiting and len(running) < limit:
                    running.append(subprocess.Popen(["git", "--no-optional-locks", "status", "--porcelain"], cwd=waiting.pop(),
                                                    env=self.environment, stdout=subprocess.DEVNULL))
                running.pop(0).wait()

        def stream_status(*more):
            subprocess.run(["git-stream", "status", *more], cwd=self.main, env=self.environment, check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

        return {STATUS: stream_status, JSON: lambda: stream_status("--json"), GIT: lambda: all_at_once(1),
                GIT_TWO: lambda: all_at_once(os.cpu_count())}


def facts():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, {git}"


def main():
    given = arguments()
    folder = given.keep or pathlib.Path(tempfile.mkdtemp(prefix="gs-status-"))
    try:
        scene = Scene(folder, given.build.resolve(), given)
        if not scene.main.exists():
            print("building the repository and its worktrees …", file=sys.stderr)
            scene.build()
        times = {}
        before = os.getloadavg()[0]
        for _ in range(given.rounds):  # all take turns
            for label, command in scene.commands().items():
                begin = time.perf_counter()
                command()
                times.setdefault(label, []).append((time.perf_counter() - begin) * 1000)
        medians = {label: statistics.median(values) for label, values in times.items()}
        print(f"{facts()}. Load before {before:.1f}, after {os.getloadavg()[0]:.1f}.\n"
              f"{given.streams} streams in {len(scene.worktrees)} worktrees, {given.files} files, "
              f"{given.lines:,} log lines, {given.locks:,} locks{', fresh worktrees' if given.fresh else ''}.\n")
        print(f"| ms, {given.rounds} rounds | median | lowest | × status |\n| --- | ---: | ---: | ---: |")
        for label, values in times.items():
            print(f"| {label} | {medians[label]:.1f} | {min(values):.1f} | {medians[label] / medians[STATUS]:.1f} |")
        ratio, goal = medians[STATUS] / medians[GIT_TWO], GOAL if given.branches == 1 else GOAL_BRANCHES
        if not given.smoke:
            print(f"\n- {'met' if ratio < goal else '**missed**'}: {ratio:.2f} × git's, goal {goal}")
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
