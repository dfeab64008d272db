#!/usr/bin/env python3
"""Measures the whole pre-commit process and prints a Markdown table: docs/performance.md says what it shows.

Medians over several rounds, in which all commands take turns. --smoke checks that this still works."""

import argparse
import itertools
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

from scene import LOCKS, ROOT, STAGED, Scene

LIMIT_MS, LIMIT_KIB = 2.5, 16 << 10
LIMIT_IMPORTS_MS = 1.5
LIMIT_TABLES_MS = 1  # more with refs in tables than in files
LIMIT_SHA256 = 1.1  # times as long as with SHA-1
LIMIT_SHARED = 1.1  # times as long with leases of another clone as without
EMPTY, DIRECT, HOOK, GIT = "empty static C program", "the program alone", "the hook as git starts it", "`git diff --cached --quiet`"
PLAIN = "the hook, 10 files that are no Python"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/tools/node_modules/.bin",
                        help="where npm put lefthook and prek")
    parser.add_argument("--sizes", default="1000,31000,100000", help="tracked files")
    parser.add_argument("--refs", type=int, default=0, help="branches besides those of the streams")
    parser.add_argument("--ref-formats", default="", help="how git stores refs: files,reftable compares both")
    parser.add_argument("--object-formats", default="", help="the hash of ids: sha1,sha256 compares both")
    parser.add_argument("--stores", default="", help="where locks are: files,git compares a clone by itself with two that share them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=60, help="of each program in each round")
    parser.add_argument("--slow-runs", type=int, default=5, help="of each hook manager in each round; 0: without them")
    parser.add_argument("--keep", type=pathlib.Path, help="build the repositories here, and leave them")
    parser.add_argument("--smoke", action="store_true", help="a tiny repository, two runs, no judgement")
    given = parser.parse_args()
    if given.smoke:
        given.sizes, given.rounds, given.runs, given.slow_runs = "200", 1, 2, 2
    return given


def compiled(name, folder):
    program = folder / name
    subprocess.run(["cc", "-O2", "-static", "-o", program, ROOT / f"bench/{name}.c"], check=True)
    return program


def check(command, expected, cwd, environment):
    done = subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != expected:
        sys.exit(f"{command}: exit {done.returncode} instead of {expected}\n{done.stdout}{done.stderr}")


def hyperfine(commands, runs, cwd, environment, export):
    """Runs {label: words} without a shell; {label: [seconds]}."""
    words = [" ".join(map(str, command)) for command in commands.values()]
    subprocess.run(["hyperfine", "-N", "-i", "--style", "none", "--warmup", "2", "--runs", str(runs),
                    "--export-json", export, *words], cwd=cwd, env=environment, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = json.loads(pathlib.Path(export).read_text())["results"]
    return {label: times_of(result) for label, result in zip(commands, results)}


def times_of(result):
    if "times" in result:
        return result["times"]
    return [run["time_wall_clock"]["value"] for run in result["measurements"]]  # since hyperfine 2.0


class Measurement:
    """One repository: which commands run where, and their times."""

    def __init__(self, scene, empty, peak, given):
        self.scene, self.given, self.peak_program = scene, given, peak
        git = ["git", "diff", "--cached", "--quiet"]
        self.groups = [  # worktree, runs a round, {label: (words, exit code)}
            ("own", given.runs, {EMPTY: ([empty], 0), HOOK: ([scene.hook], 0), DIRECT: ([scene.program], 0), GIT: (git, 1)}),
            ("plain", given.runs, {PLAIN: ([scene.hook], 0)}),
            ("own", given.slow_runs, {f"no-op hook under {name}": ([hook], 0) for name, hook in scene.hooks.items()}),
            ("split", given.runs, {"split index: the hook": ([scene.hook], 0), "split index: git": (git, 1)}),
            ("sparse", given.runs, {"sparse index: the hook": ([scene.hook], 0), "sparse index: git": (git, 1)}),
        ]
        self.times = {}
        for worktree, _, commands in self.groups:
            for command, expected in commands.values():
                check(command, expected, self.scene.worktrees[worktree], self.environment(worktree))

    def environment(self, worktree):
        return self.scene.environment[worktree]

    def round(self):
        for worktree, runs, commands in self.groups:
            if not commands or not runs:
                continue
            words = {label: command for label, (command, _) in commands.items()}
            found = hyperfine(words, runs, self.scene.worktrees[worktree], self.environment(worktree),
                              str(self.scene.folder / "hyperfine.json"))
            for label, times in found.items():
                self.times.setdefault(label, []).extend(times)

    def median(self, label):
        return statistics.median(self.times[label]) * 1000 if label in self.times else None

    def peak(self):
        command = [self.peak_program, self.scene.program]
        done = subprocess.run(command, cwd=self.scene.own, env=self.environment("own"), check=True, capture_output=True)
        return int(done.stdout)


def facts():
    def first_line(*command):
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]

    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return (f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, {first_line('git', '--version')}, "
            f"{first_line('c++', '--version')}, {first_line('hyperfine', '--version')}")


def titled(scene):
    text = f"{scene.count:,} files"
    if scene.refs or scene.ref_format:
        text += f", {scene.refs:,} refs" + (f" in {scene.ref_format}" if scene.ref_format else "")
    text += f", {scene.object_format}" if scene.object_format else ""
    return text + (f", store {scene.store}" if scene.store else "")


def table(measurements, given):
    labels = list(dict.fromkeys(label for measurement in measurements for label in measurement.times))
    head = [f"| ms, medians of {given.rounds} × {given.runs} runs | " + " | ".join(titled(m.scene) for m in measurements) + " |",
            "| --- |" + " ---: |" * len(measurements)]

    def row(label, values, form="{:.2f}"):
        return f"| {label} | " + " | ".join("–" if v is None else form.format(v) for v in values) + " |"

    lines = [row(label, [m.median(label) for m in measurements]) for label in labels]
    over = [m.median(HOOK) - m.median(EMPTY) for m in measurements]
    lines.insert(labels.index(HOOK) + 1, row("**more than the empty program**", over, "**{:.2f}**"))
    imports = [m.median(HOOK) - m.median(PLAIN) for m in measurements]
    lines.insert(labels.index(HOOK) + 2, row("**of which imports**", imports, "**{:.2f}**"))
    lines.append(row("peak memory, MB", [m.peak() / 1024 for m in measurements], "{:.1f}"))
    return "\n".join(head + lines)


def verdicts(measurements):
    """What the goals are, and whether this run met them."""
    for m in measurements:
        over, git = m.median(HOOK) - m.median(EMPTY), m.median(GIT)
        title = titled(m.scene)
        yield f"{title}: {over:.2f} ms over the empty program, goal {LIMIT_MS}", over <= LIMIT_MS
        imports = m.median(HOOK) - m.median(PLAIN)
        yield f"{title}: {imports:.2f} ms for imports, goal {LIMIT_IMPORTS_MS}", imports <= LIMIT_IMPORTS_MS
        yield f"{title}: {m.median(HOOK):.2f} ms, git diff {git:.2f}", m.median(HOOK) <= git
        yield f"{title}: peak memory {m.peak() / 1024:.1f} MB, goal 16", m.peak() < LIMIT_KIB
    for tables in (m for m in measurements if m.scene.ref_format == "reftable"):
        for files in measurements:
            if files.scene.ref_format == "files" and files.scene.count == tables.scene.count:
                more = tables.median(HOOK) - files.median(HOOK)
                yield (f"{titled(tables.scene)}: {more:.2f} ms more than in files, goal {LIMIT_TABLES_MS}",
                       more <= LIMIT_TABLES_MS)
    for shared in (m for m in measurements if m.scene.store == "git"):
        for alone in measurements:
            if alone.scene.store == "files" and alone.scene.count == shared.scene.count:
                times = shared.median(HOOK) / alone.median(HOOK)
                yield f"{titled(shared.scene)}: {times:.2f} times as long as without, goal {LIMIT_SHARED}", times <= LIMIT_SHARED
    for long in (m for m in measurements if m.scene.object_format == "sha256"):
        for short in measurements:
            one, other = short.scene, long.scene
            if (one.object_format, one.count, one.ref_format) == ("sha1", other.count, other.ref_format):
                times = long.median(HOOK) / short.median(HOOK)
                yield f"{titled(other)}: {times:.2f} times as long as with SHA-1, goal {LIMIT_SHA256}", times <= LIMIT_SHA256


def load():
    return "{:.1f}".format(os.getloadavg()[0])


def main():
    given = arguments()
    folder = given.keep or pathlib.Path(tempfile.mkdtemp(prefix="gs-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        empty, peak = compiled("empty", folder), compiled("peak", folder)
        measurements = []
        for count, ref_format, object_format, store in itertools.product(
                map(int, given.sizes.split(",")), given.ref_formats.split(","), given.object_formats.split(","), given.stores.split(",")):
            print(f"building a repository of {count:,} files {ref_format} {object_format} {store}…", file=sys.stderr)
            scene = Scene(folder / f"{count}{ref_format}{object_format}{store}", count, given.build.resolve(), given.tools.resolve(),
                          given.refs, ref_format or None, object_format or None, store or None)
            scene.build_all()
            measurements.append(Measurement(scene, empty, peak, given))
        before = load()
        for number in range(given.rounds):
            for measurement in measurements:
                print(f"round {number + 1}: {measurement.scene.count:,} files …", file=sys.stderr)
                measurement.round()
        print(f"{facts()}.\nLoad before {before}, after {load()}; {STAGED} staged files in scope, {LOCKS:,} locks held.\n")
        print(table(measurements, given))
        print()
        for text, met in [] if given.smoke else verdicts(measurements):
            print(f"- {'met' if met else '**missed**'}: {text}")
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
