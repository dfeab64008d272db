#!/usr/bin/env python3
"""Compares module resolution with CPython's own importlib on random folder trees.

usage: compare_resolution.py RESOLVE-MODULES [TREES [SEED]]

Left out, because the two differ on purpose: stubs (.pyi, which CPython does not know), folders without
any Python (namespace packages to CPython), folders called .x or __pycache__, symbolic links.
"""

import importlib
import importlib.util
import pathlib
import random
import subprocess
import sys
import tempfile

NAMES = ["qa", "qb", "qc"]
ROOTS = [["."], ["src", "."], [".", "src"], ["one", "two"], ["two", "one", "."], ["src"], ["src/qa", "src"]]


def random_tree(dice):
    roots = dice.choice(ROOTS)
    files = set()
    for _ in range(dice.randint(1, 14)):
        start = dice.choice(roots + ["."])
        parts = [] if start == "." else start.split("/")
        parts += [dice.choice(NAMES + ["src"]) for _ in range(dice.randint(0, 3))]
        parts.append(dice.choice(NAMES + ["__init__", "__init__"]) + ".py")
        files.add("/".join(parts))
    questions = {dice.choice(NAMES + ["src"]) for _ in range(3)}
    questions |= {".".join(dice.choice(NAMES + ["src", "__init__"]) for _ in range(dice.randint(1, 4))) for _ in range(25)}
    return roots, sorted(files), sorted(questions)


def forget():
    for name in list(sys.modules):
        if name.split(".")[0] in NAMES + ["src", "__init__"]:
            del sys.modules[name]
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()


def answer(top, module):
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return "absent"
    if spec is None:
        return "absent"
    if spec.origin is None:
        return "namespace"
    return pathlib.Path(spec.origin).relative_to(top).as_posix()


def cpython(roots, files, questions):
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder).resolve()
        for name in files:
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).touch()
        for root in roots:
            (top / root).mkdir(parents=True, exist_ok=True)
        before = sys.path[:]
        sys.path[:] = [str(top / root) for root in roots]
        forget()
        try:
            return [answer(top, module) for module in questions]
        finally:
            sys.path[:] = before
            forget()


def holds_only_python(roots, files):
    """Whether every root's folder that CPython sees holds Python: an empty root is a folder of its parent."""
    return all(root == "." or any(name.startswith(root + "/") for name in files) for root in roots)


def main():
    program, trees, seed = sys.argv[1], int((sys.argv + ["", ""])[2] or 300), int((sys.argv + ["", "", ""])[3] or 20251206)
    sys.dont_write_bytecode = True
    dice = random.Random(seed)
    lines, asked = [], []
    while trees > 0:
        roots, files, questions = random_tree(dice)
        if not holds_only_python(roots, files):
            continue
        trees -= 1
        lines += ["roots " + " ".join(roots)] + ["file " + name for name in files] + ["find " + name for name in questions]
        asked += [(roots, files, name, theirs) for name, theirs in zip(questions, cpython(roots, files, questions))]
    ours = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout.split()
    different = [(row, mine) for row, mine in zip(asked, ours) if row[3] != mine]
    for (roots, files, name, theirs), mine in different[:10]:
        print(f"{name} with roots {roots} in {files}: CPython {theirs}, ours {mine}")
    found = sum(row[3] != "absent" for row in asked)
    print(f"{len(asked)} questions, {found} of them found something, {len(different)} differ")
    return 1 if different or len(ours) != len(asked) or found < len(asked) // 10 else 0


sys.exit(main())
