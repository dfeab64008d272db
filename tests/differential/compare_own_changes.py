#!/usr/bin/env python3
"""Merge commits of random histories (renames, folders that move, deletions, modes, links, criss-cross histories), against
`git merge-tree --write-tree`: a merge that is as git makes it has no changes of its own, and each path that is set back to
what a parent has, or edited, is one."""

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import zlib

from compare_merges import case
from fast_history import ENVIRONMENT, History


def write_object(folder, kind, content):
    data = b"%s %d\0%s" % (kind.encode(), len(content), content)
    name = hashlib.new(ENVIRONMENT["GIT_DEFAULT_HASH"], data).hexdigest()
    place = folder / "objects" / name[:2]
    place.mkdir(exist_ok=True)
    if not (place / name[2:]).exists():
        (place / name[2:]).write_bytes(zlib.compress(data))
    return name


def write_tree(folder, entries):
    """Of {path: (mode, id)}."""
    below, items = {}, []
    for path, (mode, name) in entries.items():
        head, slash, rest = path.partition("/")
        if slash:
            below.setdefault(head, {})[rest] = mode, name
        else:
            items.append((head, mode, name))
    items += [(head, "40000", write_tree(folder, inside)) for head, inside in below.items()]
    items.sort(key=lambda item: item[0] + ("/" if item[1] == "40000" else ""))
    return write_object(folder, "tree", b"".join(
        b"%s %s\0%s" % (mode.encode(), head.encode(), bytes.fromhex(name)) for head, mode, name in items))


def write_merge(folder, entries, parents):
    lines = [f"tree {write_tree(folder, entries)}", *(f"parent {parent}" for parent in parents),
             "author t <t@example.com> 1700000000 +0000", "committer t <t@example.com> 1700000000 +0000", "", "merge", ""]
    return write_object(folder, "commit", "\n".join(lines).encode())


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, env=ENVIRONMENT)


def entries_of(folder, tree):
    listed = git(folder, "ls-tree", "-r", "-z", tree).stdout.decode().split("\0")
    entries = {}
    for line in filter(None, listed):
        head, path = line.split("\t", 1)
        mode, _, name = head.split()
        entries[path] = mode, name
    return entries


def fits(entries, path):
    return not any(path.startswith(other + "/") or other.startswith(path + "/") for other in entries)


def put(entries, path, entry):
    """With this at the path; nothing where a folder is in the way."""
    made = {other: kept for other, kept in entries.items() if other != path}
    if entry is not None:
        if not fits(made, path):
            return None
        made[path] = entry
    return made


def differing(one, other):
    return {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}


class Comparison:
    def __init__(self, folder, rng):
        self.folder, self.rng = folder, rng
        self.evil = "100644", write_object(folder, "blob", b"evil\n")
        self.asked = []  # (commit, the paths that must be its own, those that may be besides, what it is)

    def ask(self, entries, parents, must, may, what):
        if entries is not None:
            self.asked.append((write_merge(self.folder, entries, parents), set(must), set(may), what))

    def add(self, one, other):
        merged = git(self.folder, "merge-tree", "--write-tree", "-z", one, other)
        fields = merged.stdout.decode(errors="surrogateescape")
        entries = entries_of(self.folder, fields.split("\0", 1)[0])
        parents = [one, other]
        sides = [entries_of(self.folder, parent) for parent in parents]
        named = {path for path in entries.keys() | sides[0].keys() | sides[1].keys()
                 if merged.returncode == 1 and path in fields}
        clean = not named
        self.ask(entries, parents, [], named, "as git makes it")
        for side in sides:
            apart = differing(entries, side) - named
            for path in self.rng.sample(sorted(apart), min(3, len(apart))):
                self.ask(put(entries, path, side.get(path)), parents, [path], named, "set back")
            if clean:
                self.ask(side, parents, apart, [], "one side as it is")
        for path in self.rng.sample(sorted(entries), min(2, len(entries))):
            if path not in named:
                self.ask(put(entries, path, self.evil), parents, [path], named, "edited")
        self.ask(put(entries, "smuggled", self.evil), parents, ["smuggled"], named, "smuggled in")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder)
        marks = [case(rng, history) for _ in range(given.cases)]
        ids = history.write()
        comparison = Comparison(history.folder, rng)
        for one, other, _ in marks:
            comparison.add(ids[one], ids[other])
        done = subprocess.run([given.program, folder], input="".join(f"{asked[0]}\n" for asked in comparison.asked),
                              text=True, capture_output=True, env=ENVIRONMENT)
        if done.returncode != 0:
            raise SystemExit(f"{given.program}: exit {done.returncode}\n{done.stderr}")
        wrong = 0
        for (commit, must, may, what), line in zip(comparison.asked, done.stdout.splitlines(), strict=True):
            own = set(line.split("\t")[:-1])
            if not must <= own <= must | may:
                wrong += 1
                print(f"{commit}: {what}\n  own:      {sorted(own)}\n  expected: {sorted(must)}, perhaps {sorted(may)}")
                if wrong == 1:
                    print(git(folder, "log", "--graph", "--stat", "--format=%h", commit).stdout.decode())
        print(f"{len(marks)} pairs, {len(comparison.asked)} merges, {wrong} wrong")
        sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
