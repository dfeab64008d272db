#!/usr/bin/env python3
"""Random three-way cases (renames, folders that move, deletions, modes, links, binary files, criss-cross histories)
merged in memory, against `git merge-tree --write-tree`: the same tree, the same undecided paths, in both directions."""

import argparse
import random
import subprocess
import sys
import tempfile

from fast_history import ENVIRONMENT, History, merge_pairs

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
FOLDERS = ["", "a/", "a/b/", "c/", "d/"]


def lines(rng, count):
    return "".join(f"{rng.choice(WORDS)} {rng.randrange(100)}\n" for _ in range(count)).encode()


def some_file(rng):
    kind = rng.random()
    if kind < 0.06:
        return "120000", rng.choice(WORDS).encode()
    if kind < 0.12:
        return "100644", bytes(rng.randrange(256) for _ in range(40)) + b"\0"
    return ("100755" if kind < 0.18 else "100644"), lines(rng, rng.randint(3, 14))


def some_path(rng):
    return rng.choice(FOLDERS) + rng.choice(WORDS) + rng.choice(["", ".py", ".txt"])


def fits(tree, path):
    return path not in tree and not any(path.startswith(other + "/") or other.startswith(path + "/") for other in tree)


def change(rng, tree):
    """One change, in place."""
    verb = rng.random()
    paths = sorted(tree)
    if not paths or verb < 0.2:
        path = some_path(rng)
        if fits(tree, path):
            tree[path] = some_file(rng)
        return
    path = rng.choice(paths)
    mode, content = tree[path]
    if verb < 0.5:
        parts = content.split(b"\n")
        parts.insert(rng.randrange(len(parts)), b"changed %d" % rng.randrange(1000))
        tree[path] = mode, b"\n".join(parts)
    elif verb < 0.62:
        del tree[path]
    elif verb < 0.78:
        new = some_path(rng)
        del tree[path]
        tree[new if fits(tree, new) else path] = mode, content
    elif verb < 0.86:
        folder = path.rpartition("/")[0]
        if folder:  # all of it moves
            new = rng.choice(["e", "c/new", "a/moved"])
            moved = {new + p[len(folder):]: tree.pop(p) for p in paths if p.startswith(folder + "/")}
            if any(not fits(tree, p) for p in moved):
                moved = {folder + p[len(new):]: entry for p, entry in moved.items()}
            tree.update(moved)
    elif verb < 0.93:
        tree[path] = ("100755" if mode == "100644" else "100644"), content
    else:  # a file becomes a folder
        del tree[path]
        if fits(tree, path + "/inside"):
            tree[path + "/inside"] = mode, content


def changed(rng, tree, most):
    tree = dict(tree)
    for _ in range(rng.randint(1, most)):
        change(rng, tree)
    return tree


def case(rng, history):
    """Two commits to merge."""
    base = {}
    while len(base) < rng.randint(4, 12):
        path = some_path(rng)
        if fits(base, path):
            base[path] = some_file(rng)
    root = history.commit(base)
    most = rng.choice([1, 2, 5])
    ours, theirs = changed(rng, base, most), changed(rng, base, most)
    one, other = history.commit(ours, [root]), history.commit(theirs, [root])
    if rng.random() < 0.15:  # criss-cross: each has merged the other, in its own way
        both = {**theirs, **ours}
        if all(fits({k: v for k, v in both.items() if k != p}, p) for p in both):
            first, second = history.commit(both, [one, other]), history.commit({**ours, **theirs}, [other, one])
            return (history.commit(changed(rng, both, most), [first]),
                    history.commit(changed(rng, {**ours, **theirs}, most), [second]))
    return one, other


def by_git(folder, one, other):
    done = subprocess.run(["git", "-C", folder, "merge-tree", "--write-tree", "-z", one, other], capture_output=True,
                          env=ENVIRONMENT)
    fields = done.stdout.decode(errors="surrogateescape").split("\0")
    if done.returncode > 1:
        raise SystemExit(f"git merge-tree {one} {other}: {done.stderr.decode()}")
    undecided = []
    for field in fields[1:]:
        if not field:
            break
        head, path = field.split("\t", 1)
        undecided.append(f"{path}:{head.split()[2]} ")
    return "clean" if done.returncode == 0 else "conflict", fields[0], "".join(undecided)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--cases", type=int, default=520)
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder)
        marks = [case(rng, history) for _ in range(given.cases)]
        ids = history.write()
        pairs = [(ids[one], ids[other]) for one, other in marks]
        before = subprocess.check_output(["git", "-C", folder, "count-objects", "-v"], env=ENVIRONMENT)
        answers = merge_pairs(given.program, folder, pairs)
        after = subprocess.check_output(["git", "-C", folder, "count-objects", "-v"], env=ENVIRONMENT)
        wrong, own, conflicts = 0, 0, 0
        for (one, other), answer in zip(pairs, answers, strict=True):
            expected = by_git(folder, one, other)
            own += answer[2] == "own"
            conflicts += answer[0] == "conflict"
            # Paths that git names after a commit are named after a branch here; these have none.
            said = answer[3]
            for commit in (one, other):
                expected = expected[0], expected[1], expected[2].replace("~" + commit, "")
            if (answer[0], answer[1], said) != expected:
                wrong += 1
                print(f"{one} {other}\n  git: {expected}\n  we:  {(answer[0], answer[1], said)} by {answer[2]}")
        print(f"{len(pairs)} merges, {conflicts} with conflicts, {own} without git's help, {wrong} not as git's")
        if before != after:
            print("objects were left in the repository")
        sys.exit(wrong > 0 or before != after or own < given.cases // 10 or conflicts < given.cases // 10)


if __name__ == "__main__":
    main()
