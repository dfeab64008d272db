#!/usr/bin/env python3
"""Random three-way cases (renames on either side, folders that move, deletions, modes, links, submodules, binary files,
criss-cross histories) merged in memory, against `git merge-tree --write-tree`: the same tree and the same undecided paths
(merge_pairs); and what `git stream conflicts --json` says of the two as streams: exactly git's paths."""

import argparse
import json
import random
import subprocess
import sys
import tempfile

from fast_history import ENVIRONMENT, History, merge_pairs

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
FOLDERS = ["", "a/", "a/b/", "c/", "d/"]
POLICY = b"""version: 1
integration_branch: develop
streams:
  X: {name: One, agents: {X1: {files: ["**"]}}}
  Y: {name: Other, agents: {Y1: {files: []}}}
shared: ["**"]
validate: {mode: off}
"""


def lines(rng, count):
    return "".join(f"{rng.choice(WORDS)} {rng.randrange(100)}\n" for _ in range(count)).encode()


def some_commit(rng):
    digits = 64 if ENVIRONMENT["GIT_DEFAULT_HASH"] == "sha256" else 40
    return f"{rng.randrange(1 << 100):0{digits}x}".encode()


def some_file(rng):
    kind = rng.random()
    if kind < 0.06:
        return "120000", rng.choice(WORDS).encode()
    if kind < 0.12:
        return "100644", bytes(rng.randrange(256) for _ in range(40)) + b"\0"
    if kind < 0.15:
        return "160000", some_commit(rng)
    return ("100755" if kind < 0.2 else "100644"), lines(rng, rng.randint(3, 14))


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
    if verb < 0.5 and mode == "160000":
        tree[path] = mode, some_commit(rng)
    elif verb < 0.5:
        parts = content.split(b"\n")
        parts.insert(rng.randrange(len(parts)), b"changed %d" % rng.randrange(1000))
        tree[path] = mode, b"\n".join(parts)
    elif verb < 0.62:
        del tree[path]
    elif verb < 0.78:
        new = some_path(rng)
        del tree[path]
        if mode.startswith("100") and rng.random() < 0.5:
            content += b"moved %d\n" % rng.randrange(1000)
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
        if mode.startswith("100"):
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
    """Two commits to merge, and what the integration branch has: the policy on what they have in common."""
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
                    history.commit(changed(rng, {**ours, **theirs}, most), [second]), with_policy(history, ours, one))
    return one, other, with_policy(history, base, root)


def with_policy(history, tree, commit):
    return history.commit({**tree, ".streams.yaml": ("100644", POLICY)}, [commit])


def by_git(folder, one, other):
    done = subprocess.run(["git", "-C", folder, "merge-tree", "--write-tree", "-z", one, other], capture_output=True,
                          env=ENVIRONMENT)
    fields = done.stdout.decode(errors="surrogateescape").split("\0")
    if done.returncode > 1:
        raise SystemExit(f"git merge-tree {one} {other}: {done.stderr.decode()}")
    # Paths that git names after a commit are named after a branch here; these have none.
    fields = [field.removesuffix("~" + one).removesuffix("~" + other) for field in fields]
    undecided, paths = "", set()
    end = fields.index("", 1)
    for field in fields[1:end]:
        head, path = field.split("\t", 1)
        undecided += f"{path}:{head.split()[2]} "
        paths.add(path)
    if done.returncode == 1:
        paths |= {said[0] for said in conflict_messages(fields[end + 1:]) if not paths.intersection(said)}
    return "clean" if done.returncode == 0 else "conflict", fields[0], undecided, paths


def conflict_messages(fields):
    """The paths of each: a folder of which git does not know where it went leaves nothing undecided."""
    while fields and fields[0].isdigit():
        count = int(fields[0])
        if fields[count + 1].startswith("CONFLICT"):
            yield fields[1:count + 1]
        fields = fields[count + 3:]


def conflicting_paths(command, folder, refs):
    """What `git stream conflicts --json` says git cannot merge, of these branches."""
    update = "".join(f"update refs/heads/{name} {commit}\n" for name, commit in refs.items())
    subprocess.run(["git", "-C", folder, "update-ref", "--stdin"], input=update, text=True, check=True, env=ENVIRONMENT)
    done = subprocess.run([command, "conflicts", "--json"], cwd=folder, capture_output=True, env=ENVIRONMENT)
    if done.returncode > 1 or done.stderr:
        raise SystemExit(f"conflicts: {refs}: exit {done.returncode}\n{done.stderr.decode()}")
    findings = json.loads(done.stdout.decode(errors="surrogateescape"))["findings"]
    return {found["first"]["file"] for found in findings if found["kind"] == "conflict"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("command", help="git-stream")
    parser.add_argument("--cases", type=int, default=520)
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder)
        marks = [case(rng, history) for _ in range(given.cases)]
        ids = history.write()
        pairs = [(ids[one], ids[other]) for one, other, _ in marks]
        before = subprocess.check_output(["git", "-C", folder, "count-objects", "-v"], env=ENVIRONMENT)
        answers = merge_pairs(given.program, folder, pairs)
        after = subprocess.check_output(["git", "-C", folder, "count-objects", "-v"], env=ENVIRONMENT)
        wrong, own, conflicts = 0, 0, 0
        for (one, other), mark, answer in zip(pairs, marks, answers, strict=True):
            expected = by_git(folder, one, other)
            own += answer[2] == "own"
            conflicts += answer[0] == "conflict"
            branches = {"develop": ids[mark[2]], "feature/stream-X-one": one, "feature/stream-Y-other": other}
            alone = answer[2] == "own" and rng.random() < 0.8
            paths = expected[3] if alone else conflicting_paths(given.command, folder, branches)
            said = answer[0], answer[1], answer[3], paths
            if said != expected:
                wrong += 1
                print(f"{one} {other}\n  git: {expected}\n  we:  {said} by {answer[2]}")
        print(f"{len(pairs)} merges, {conflicts} with conflicts, {own} without git's help, {wrong} not as git's")
        if before != after:
            print("objects were left in the repository")
        sys.exit(wrong > 0 or before != after or own < given.cases // 10 or conflicts < given.cases // 10)


if __name__ == "__main__":
    main()
