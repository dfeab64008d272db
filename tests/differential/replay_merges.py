#!/usr/bin/env python3
"""Replays real merges of a repository, newest first: what `git stream conflicts` and `merge --dry-run` say of the two parents,
against `git merge-tree --write-tree`. Prints one line: in how many the conflicting paths are git's; of the merges that git makes
cleanly how many notes they have, and each finding that blocks (of the tree that the merge makes: look whether it is right).

The repository is only read; the parents become streams in a scratch one that borrows its objects."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from compare_merges import POLICY, by_git, case
from fast_history import ENVIRONMENT, History

WHO = {f"GIT_{role}_{part}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
NOTES = {"both-changed", "import"}
STREAMS = {"X": "feature/stream-X-one", "Y": "feature/stream-Y-other"}


def git(folder, *arguments, text=None):
    return subprocess.run(["git", "-C", folder, *arguments], input=text, capture_output=True, check=True,
                          env=ENVIRONMENT | WHO).stdout.decode(errors="surrogateescape").strip()


def merges(repository, most):
    """(parent, parent, merge base) of merges of which both sides have changed Python, newest first."""
    for line in git(repository, "log", "--merges", "--format=%P", "HEAD").splitlines():
        parents = line.split()
        if len(parents) != 2 or most == 0:
            continue
        base = git(repository, "merge-base", *parents)
        sides = [git(repository, "diff", "--name-only", base, parent, "--", "*.py") for parent in parents]
        if all(sides):
            most -= 1
            yield *parents, base


class Replay:
    def __init__(self, command, folder, repository, roots):
        self.command, self.folder = command, folder
        git(".", "init", "-q", "--bare", "-b", "develop", folder)
        objects = git(repository, "rev-parse", "--path-format=absolute", "--git-path", "objects")
        pathlib.Path(folder, "objects/info/alternates").write_text(objects + "\n")
        python = f"python: {{roots: {json.dumps(roots)}}}\n".encode() if roots else b""
        self.policy = git(folder, "hash-object", "-w", "--stdin", text=POLICY + python)

    def with_policy(self, commit):
        index = {"GIT_INDEX_FILE": f"{self.folder}/scratch-index"}
        for arguments in (["read-tree", commit], ["update-index", "--add", "--cacheinfo", f"100644,{self.policy},.streams.yaml"]):
            subprocess.run(["git", "-C", self.folder, *arguments], check=True, env=ENVIRONMENT | index)
        tree = subprocess.check_output(["git", "-C", self.folder, "write-tree"], env=ENVIRONMENT | index, text=True).strip()
        return git(self.folder, "commit-tree", "-p", commit, "-m", "policy", tree)

    def ask(self, branches, *arguments):
        """What the command says, as JSON, where exactly these branches are there."""
        there = git(self.folder, "for-each-ref", "--format=delete %(refname)", "refs/heads/feature").splitlines()
        updates = [f"update refs/heads/{name} {commit}" for name, commit in branches.items()]
        git(self.folder, "update-ref", "--stdin", text="\n".join([*there, ""]).encode())
        git(self.folder, "update-ref", "--stdin", text="\n".join([*updates, ""]).encode())
        state = pathlib.Path(self.folder, "stream/state")
        state.mkdir(parents=True, exist_ok=True)
        done = {"status": "completed", "branch": STREAMS["Y"], "commit": branches[STREAMS["Y"]], "agents": ["Y1"]}
        (state / "orchestrator_state.json").write_text(json.dumps({"streams": {"Y": done} if "merge" in arguments else {}}))
        said = subprocess.run([self.command, *arguments, "--json"], cwd=self.folder, capture_output=True, env=ENVIRONMENT | WHO)
        if said.returncode > 1 or said.stderr:
            raise SystemExit(f"{arguments}: exit {said.returncode}: {branches}\n{said.stderr.decode()}")
        return json.loads(said.stdout.decode(errors="surrogateescape"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", help="git-stream")
    parser.add_argument("repository", nargs="?", help="none: a small one with random merges")
    parser.add_argument("--merges", type=int, default=100)
    parser.add_argument("--roots", default="", help="python.roots, by ','")
    given = parser.parse_args()
    same, clean, notes, blocks = 0, 0, [], []
    with tempfile.TemporaryDirectory() as folder:
        if given.repository:
            cases = list(merges(given.repository, given.merges))
        else:
            history, rng = History(folder + "/small"), random.Random(6)
            marks = [case(rng, history) for _ in range(8)]
            ids = history.write()
            cases = [(ids[one], ids[other], ids[base]) for one, other, base in marks]
        replay = Replay(given.command, folder + "/replay", given.repository or folder + "/small",
                        [root for root in given.roots.split(",") if root])
        for one, other, base in cases:
            state, _, _, expected = by_git(replay.folder, one, other)
            pair = {STREAMS["X"]: one, STREAMS["Y"]: other}
            found = replay.ask(pair | {"develop": replay.with_policy(base)}, "conflicts")["findings"]
            between = [each for each in found if {each["first"]["side"], each["second"]["side"]} == {"X", "Y"}]
            paths = {each["first"]["file"] for each in between if each["kind"] == "conflict"}
            same += paths == expected
            if paths != expected:
                print(f"{one} {other}\n  git: {sorted(expected)}\n  we:  {sorted(paths)}")
            if state != "clean":
                continue
            clean += 1
            notes.append(sum(each["kind"] in NOTES for each in between))
            blocks += [("conflicts", one, other, each["message"]) for each in between if each["severity"] == "block"]
            merged = replay.ask({STREAMS["Y"]: other, "develop": replay.with_policy(one)}, "merge", "Y", "--dry-run")["merges"][0]
            blocks += [("merge", one, other, each["message"]) for each in merged.get("findings", []) if each["severity"] == "block"]
    for block in blocks:
        print(*block)
    notes = sorted(notes) or [0]
    print(f"{len(cases)} merges, {same} with git's conflicting paths; {clean} clean: notes {notes[len(notes) // 2]} at the median, "
          f"{notes[int(len(notes) * 0.95)]} at the 95th percentile, {notes[-1]} at most; {len(blocks)} findings block")
    sys.exit(same < len(cases))


if __name__ == "__main__":
    main()
