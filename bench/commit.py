#!/usr/bin/env python3
"""Measures `git commit` and `git fetch` with all of our hooks, with hooks that are an empty program (what git itself
needs to start them), and with none, taking turns, and prints Markdown tables: docs/performance.md says what they
show. --smoke checks that this still works."""

import argparse
import pathlib
import resource
import shutil
import statistics
import sys
import tempfile
import time

from pre_commit import compiled, facts, load
from scene import ROOT, STAGED, Scene

LIMIT_MS, LIMIT_SHARE, REFS = 12, 0.15, 1000
NONE = ["-c", "core.hooksPath=/dev/null"]
HOOKS = ["pre-commit", "prepare-commit-msg", "reference-transaction", "post-commit"]  # that these commands start
KINDS = ["none", "empty", "ours"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--sizes", default="1000,30000", help="tracked files")
    parser.add_argument("--runs", type=int, default=40, help="of each commit")
    parser.add_argument("--fetches", type=int, default=5, help="of each fetch")
    parser.add_argument("--smoke", action="store_true", help="a tiny repository, two runs, no judgement")
    given = parser.parse_args()
    if given.smoke:
        given.sizes, given.runs, given.fetches = "200", 2, 1
    return given


class Timed:
    """Times of one command with each kind of hooks: what passes, and what processors spend (in which a busy machine
    shows less)."""

    def __init__(self):
        self.times = {kind: [] for kind in KINDS}
        self.spent = {kind: [] for kind in KINDS}

    def run(self, kind, call):
        before, start = self.children(), time.perf_counter()
        call()
        self.times[kind].append((time.perf_counter() - start) * 1000)
        self.spent[kind].append((self.children() - before) * 1000)

    @staticmethod
    def children():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def median(self, kind):
        return statistics.median(self.times[kind])

    def more(self):
        return self.median("ours") - self.median("none")

    def more_spent(self):
        return statistics.median(self.spent["ours"]) - statistics.median(self.spent["none"])


def empty_hooks(scene):
    folder = scene.folder / "empty-hooks"
    folder.mkdir()
    empty = compiled("empty", scene.folder)
    for hook in HOOKS:
        shutil.copy(empty, folder / hook)


def hooks_of(scene, kind):
    return {"none": NONE, "empty": ["-c", f"core.hooksPath={scene.folder / 'empty-hooks'}"], "ours": []}[kind]


def commits(scene, runs, *options):
    """Ten staged files in scope, committed and taken back."""
    timed = Timed()
    for number in range(len(KINDS) * (runs + 1)):
        kind = KINDS[number % len(KINDS)]
        commit = lambda: scene.run("git", *hooks_of(scene, kind), "commit", "-q", "-m", f"change {number}", *options, cwd=scene.own)
        if number < len(KINDS):
            commit()  # warm
        else:
            timed.run(kind, commit)
        scene.run("git", *NONE, "reset", "-q", "--soft", "HEAD~1", cwd=scene.own)
    return timed


def fetches(scene, count, refs, *options):
    """New remote-tracking refs, each time below another name."""
    timed = Timed()
    for number in range(len(KINDS) * count):
        kind = KINDS[number % len(KINDS)]
        hooks = hooks_of(scene, kind)
        target = f"{'-'.join(options).strip('-') or 'plain'}{number}"
        timed.run(kind, lambda: scene.run("git", *hooks, "fetch", "-q", "--no-auto-gc", *options, refs,
                                          f"refs/heads/many/*:refs/remotes/{target}/*", cwd=scene.own))
    return timed


def remote_of(scene, refs):
    """A repository beside with one commit for each of its many branches."""
    folder = scene.folder / "remote"
    scene.run("git", "clone", "-q", "--bare", "--no-local", "--single-branch", scene.main, folder, cwd=scene.folder)
    parts = [f"commit refs/heads/many/{i}\ncommitter bench <bench@example.com> 1700000002 +0000\ndata 1\n{i % 10}\n"
             "from refs/heads/develop\n" for i in range(refs)]
    scene.run("git", "fast-import", "--quiet", cwd=folder, text="\n".join(parts))
    return folder


def table(rows, unit):
    lines = [f"| {unit} | no hooks | empty hooks | all hooks | more than none | more processor time |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for label, timed in rows:
        share = timed.more() / timed.median("none") * 100
        lines.append(f"| {label} | {timed.median('none'):.1f} | {timed.median('empty'):.1f} | {timed.median('ours'):.1f} | "
                     f"**{timed.more():.1f}** ({share:.0f} %) | {timed.more_spent():.1f} |")
    return "\n".join(lines)


def main():
    given = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-bench-"))
    rows, fetched, goals = [], [], []
    before = load()
    try:
        for count in (int(size) for size in given.sizes.split(",")):
            print(f"building a repository of {count:,} files …", file=sys.stderr)
            scene = Scene(folder / str(count), count, given.build.resolve(), "")
            scene.build_all()
            empty_hooks(scene)
            scene.run("git", "config", "gc.auto", "0")
            for label, options in {"`git commit`": [], "`git commit --no-verify`": ["--no-verify"]}.items():
                timed = commits(scene, given.runs, *options)
                rows.append((f"{label}, {count:,} files", timed))
                goals.append((f"{label}, {count:,} files: {timed.more():.1f} ms more, goal {LIMIT_MS}", timed.more() <= LIMIT_MS))
        refs = 20 if given.smoke else REFS
        remote = remote_of(scene, refs)
        fetches(scene, 1, str(remote), "--no-tags")  # the objects come with the first
        for label, options in {"`git fetch --atomic`": ["--atomic"], "`git fetch`": []}.items():
            timed = fetches(scene, given.fetches, str(remote), *options)
            fetched.append((f"{label} of {refs:,} new refs", timed))
            share = timed.more() / timed.median("none")
            goals.append((f"{label}: {share * 100:.0f} % more, goal {LIMIT_SHARE * 100:.0f} %", share <= LIMIT_SHARE))
        print(f"{facts()}.\nLoad before {before}, after {load()}; {STAGED} files in each commit.\n")
        print(table(rows, f"ms, medians of {given.runs} runs"))
        print()
        print(table(fetched, f"ms, medians of {given.fetches} runs"))
        print()
        for text, met in [] if given.smoke else goals:
            print(f"- {'met' if met else '**missed**'}: {text}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
